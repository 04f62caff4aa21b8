// Owns running an encoder in tests: batches in, the file's bytes out, and independent readers for them. Not part of the package.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Batch, ByteSink, Encoder, FormatDefinition, Schema } from '@tailrace/core/sink';

export interface MemorySink extends ByteSink {
  contents(): Uint8Array;
}

/** Keeps copies, since encoders reuse their buffers. */
export function memorySink(): MemorySink {
  const pieces: Uint8Array[] = [];
  let bytesWritten = 0;
  return {
    write(bytes) {
      pieces.push(bytes.slice());
      bytesWritten += bytes.length;
    },
    get bytesWritten() {
      return bytesWritten;
    },
    contents: () => Buffer.concat(pieces),
  };
}

export async function openEncoder<Options>(
  format: FormatDefinition<Options>,
  options: Options,
  schema: Schema,
  out: ByteSink,
  signal: AbortSignal = new AbortController().signal,
  maxBufferedBytes: number = 32 * 2 ** 20,
): Promise<Encoder> {
  format.check(schema, options);
  return format.open({ schema, options, out, maxBufferedBytes, signal });
}

/** The whole file; checks that the encoder's own count is the number of rows given. */
export async function encodeAll<Options>(
  format: FormatDefinition<Options>,
  options: Options,
  schema: Schema,
  batches: readonly Batch<unknown>[],
): Promise<Uint8Array> {
  const out = memorySink();
  const encoder = await openEncoder(format, options, schema, out);
  for (const batch of batches) await encoder.write(batch);
  const { rows } = await encoder.finish();
  const sent = batches.reduce((sum, batch) => sum + batch.rows, 0);
  if (rows !== sent) throw new Error(`finish() says ${rows} rows of ${sent}`);
  return out.contents();
}

/** Rows that DuckDB reads from the bytes; `from` is the reading expression with `$file` for the path. */
export async function duckRows(
  bytes: Uint8Array,
  suffix: string,
  query: string,
): Promise<Record<string, unknown>[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-writers-'));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const path = join(folder, `${randomUUID()}${suffix}`);
    await writeFile(path, bytes);
    const result = await connection.runAndReadAll(query.replaceAll('$file', `'${path}'`));
    return result.getRowObjects();
  } finally {
    connection.closeSync();
    instance.closeSync();
    await rm(folder, { recursive: true });
  }
}
