// Owns what readers make of the types in our files, as the guide of types shows it: each format writes one file that has a column
// of each type it takes, and readers that are not ours say what they find. Not part of the package.
import { decodeMulti } from '@msgpack/msgpack';
import { type DataType, type Field, type FormatDefinition, isNested, type Schema } from '@tailrace/core/sink';
import { batchOfRows, sampleRows } from '@tailrace/core/testing';
import { tableFromIPC } from 'apache-arrow';
import { parquetReadObjects } from 'hyparquet';
import { unpackMultiple } from 'msgpackr';
import { Table } from 'parquet-wasm';
import arrowFormat from '../arrow/module.js';
import { resolveArrowOptions } from '../arrow/options.js';
import csvFormat from '../csv/module.js';
import { resolveCsvOptions } from '../csv/options.js';
import msgpackFormat from '../msgpack/module.js';
import { resolveMsgpackOptions } from '../msgpack/options.js';
import ndjsonFormat from '../ndjson/module.js';
import { resolveNdjsonOptions } from '../ndjson/options.js';
import parquetLiteFormat from '../parquet/lite/module.js';
import parquetFormat from '../parquet/module.js';
import { resolveParquetOptions } from '../parquet/options.js';
import parquetWasmFormat from '../parquet/wasm/module.js';
import { type Kind, refusalOf, type TypeMappings } from '../types/mapping.js';
import { type FormatName, typeTable } from '../types/type-table.js';
import { duckRows, encodeAll } from './encode.js';
import { sampleTypes } from './type-samples.js';

/** What a reader calls the columns of a file, by their names. */
type Reader = (bytes: Uint8Array) => Promise<ReadonlyMap<string, string>>;

interface Trial {
  readonly encode: (schema: Schema<object>) => Promise<Uint8Array>;
  readonly readers: Readonly<Record<string, Reader>>;
}

const rowsPerFile = 8;

function encoding<O>(format: FormatDefinition<O>, options: O): Trial['encode'] {
  return (schema) =>
    encodeAll(format, options, schema, [batchOfRows(schema, sampleRows(schema, rowsPerFile))]);
}

/** The class of a value, or its type where it has none. */
function classOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  // Proxies of apache-arrow's rows have no class.
  return typeof value === 'object' ? (value.constructor?.name ?? 'Object') : typeof value;
}

function classesOf(rows: readonly unknown[]): ReadonlyMap<string, string> {
  const [row] = rows;
  // Readers give an object for each row.
  return new Map(Object.entries(row as object).map(([name, value]) => [name, classOf(value)]));
}

const duckdb =
  (ending: string, from: string): Reader =>
  async (bytes) => {
    const rows = await duckRows(bytes, ending, `DESCRIBE SELECT * FROM ${from}`);
    return new Map(rows.map((row) => [String(row.column_name), String(row.column_type)]));
  };

const parquetReaders: Trial['readers'] = {
  DuckDB: duckdb('.parquet', 'read_parquet($file)'),
  async hyparquet(bytes) {
    return classesOf(await parquetReadObjects({ file: new Uint8Array(bytes).buffer, utf8: false }));
  },
};

const trials: Readonly<Partial<Record<FormatName, Trial>>> = {
  'parquet (tailrace)': {
    encode: encoding(parquetFormat, resolveParquetOptions('x', { engine: 'tailrace' }).format),
    readers: parquetReaders,
  },
  'parquet (parquet-wasm)': {
    encode: encoding(parquetWasmFormat, resolveParquetOptions('x', { engine: 'parquet-wasm' }).format),
    readers: parquetReaders,
  },
  'parquet (parquetjs-lite)': {
    encode: encoding(parquetLiteFormat, resolveParquetOptions('x', { engine: 'parquetjs-lite' }).format),
    readers: parquetReaders,
  },
  arrow: {
    encode: encoding(arrowFormat, resolveArrowOptions('x', { as: 'stream' })),
    readers: {
      async 'arrow-rs'(bytes) {
        const { schema } = tableFromIPC(Table.fromIPCStream(bytes).intoIPCStream());
        return new Map(schema.fields.map((field) => [field.name, String(field.type)]));
      },
      async 'apache-arrow, in rows'(bytes) {
        const table = tableFromIPC(bytes);
        return new Map(
          table.schema.fields.map(({ name }) => [name, classOf(table.getChild(name)?.get(0))] as const),
        );
      },
    },
  },
  msgpack: {
    encode: encoding(msgpackFormat, resolveMsgpackOptions('x', {})),
    readers: {
      async '@msgpack/msgpack'(bytes) {
        return classesOf([...decodeMulti(bytes, { useBigInt64: true })]);
      },
      async msgpackr(bytes) {
        return classesOf(unpackMultiple(bytes) as unknown[]);
      },
    },
  },
  ndjson: {
    encode: encoding(ndjsonFormat, resolveNdjsonOptions('x', {})),
    readers: {
      async 'JSON.parse'(bytes) {
        return classesOf([JSON.parse(Buffer.from(bytes).toString().split('\n', 1)[0] ?? '')]);
      },
      'DuckDB, by itself': duckdb('.ndjson', 'read_json($file)'),
    },
  },
  csv: {
    encode: encoding(csvFormat, resolveCsvOptions('x', {})),
    readers: { 'DuckDB, by itself': duckdb('.csv', 'read_csv($file)') },
  },
};

/** By format and reader: what each kind of column is to it, once for each way that its types are seen. */
export type SeenTypes = ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<Kind, readonly string[]>>>;

export async function seenTypes(): Promise<SeenTypes> {
  const seen = new Map<string, ReadonlyMap<string, ReadonlyMap<Kind, readonly string[]>>>();
  for (const [format, trial] of Object.entries(trials)) {
    // The keys of `trials` are formats.
    seen.set(format, await seenIn(trial, typeTable[format as FormatName]));
  }
  return seen;
}

async function seenIn(
  { encode, readers }: Trial,
  mappings: TypeMappings,
): Promise<ReadonlyMap<string, ReadonlyMap<Kind, readonly string[]>>> {
  const types = shownTypes().filter((type) => refusalOf(mappings, type) === undefined);
  const nameOf = (at: number): string => `c${at}`;
  const fields = types.map((type, at): Field => ({ name: nameOf(at), type, nullable: type.kind === 'null' }));
  const bytes = await encode({ fields });
  const seen = new Map<string, ReadonlyMap<Kind, readonly string[]>>();
  for (const [reader, read] of Object.entries(readers)) {
    const found = await read(bytes);
    const byKind = new Map<Kind, string[]>();
    for (const [at, { kind }] of types.entries()) {
      const name = found.get(nameOf(at));
      if (name === undefined) throw new Error(`${reader} has found no column of ${kind}`);
      const names = byKind.get(kind) ?? [];
      if (!names.includes(name)) names.push(name);
      byKind.set(kind, names);
    }
    seen.set(reader, byKind);
  }
  return seen;
}

/** All samples, but of nested kinds one each: the types within are seen as they are by themselves. */
function shownTypes(): DataType[] {
  const nested = new Set<Kind>();
  return sampleTypes.filter((type) => {
    if (!isNested(type)) return true;
    if (nested.has(type.kind)) return false;
    nested.add(type.kind);
    return true;
  });
}
