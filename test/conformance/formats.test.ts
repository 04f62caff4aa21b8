import type { ModuleRef, Schema, Sink } from '@tailrace/core/sink';
import { testFormat } from '@tailrace/core/testing';
import { csv, ndjson, parquet } from '@tailrace/writers';
import { parquetReadObjects } from 'hyparquet';
import { describe, it } from 'vitest';

/** The format within a declared file sink, as its options name it. */
function formatOf(sink: Sink<never>): ModuleRef {
  // The options of the file sink's module are its own affair; their format is what this test is about.
  return (sink.module.options as { readonly format: ModuleRef }).format;
}

/** hyparquet gives int64 as bigint, times and dates as Date: the forms of the sample rows. */
async function readParquet(bytes: Uint8Array, schema: Schema): Promise<readonly unknown[]> {
  const file = bytes.slice().buffer;
  const rows = await parquetReadObjects({ file });
  return rows.map((row) => Object.fromEntries(schema.fields.map(({ name }) => [name, row[name] ?? null])));
}

async function readNdjson(bytes: Uint8Array, schema: Schema): Promise<readonly unknown[]> {
  const lines = new TextDecoder().decode(bytes).split('\n');
  return lines.slice(0, -1).map((line) => {
    const row = JSON.parse(line) as Record<string, unknown>;
    return Object.fromEntries(schema.fields.map(({ name, type }) => [name, cellOf(row[name], type.kind)]));
  });
}

function cellOf(value: unknown, kind: string): unknown {
  if (value === null) return null;
  if (kind === 'int64') return BigInt(value as number);
  return kind === 'timestamp' || kind === 'date' ? new Date(value as string) : value;
}

const runner = { describe, it };
for (const engine of ['tailrace', 'parquet-wasm'] as const) {
  testFormat(runner, {
    name: `parquet of ${engine}`,
    format: formatOf(parquet('/out/x', { engine })),
    read: readParquet,
  });
  testFormat(runner, {
    name: `parquet of ${engine} in small uncompressed row groups`,
    format: formatOf(parquet('/out/x', { engine, compression: 'none', rowGroupRows: 500 })),
    read: readParquet,
  });
}
testFormat(runner, { name: 'ndjson', format: formatOf(ndjson('/out/x')), read: readNdjson });
testFormat(runner, { name: 'ndjson with gzip', format: formatOf(ndjson('/out/x.gz')) });
testFormat(runner, { name: 'csv', format: formatOf(csv('/out/x')) });
testFormat(runner, { name: 'csv with gzip', format: formatOf(csv('/out/x.csv.gz')) });
