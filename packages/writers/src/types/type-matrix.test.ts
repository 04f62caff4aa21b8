// The part of the matrix of types whose readers are installed everywhere: every cell before two readers.
import type { DataType, FormatDefinition, Schema } from '@tailrace/core/sink';
import { describeType } from '@tailrace/core/sink';
import { batchOfRows } from '@tailrace/core/testing';
import { parse } from 'csv-parse/sync';
import { type FileMetaData, parquetMetadata, parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import csvFormat from '../csv/module.js';
import { resolveCsvOptions } from '../csv/options.js';
import msgpackFormat from '../msgpack/module.js';
import { resolveMsgpackOptions } from '../msgpack/options.js';
import ndjsonFormat from '../ndjson/module.js';
import { resolveNdjsonOptions } from '../ndjson/options.js';
import parquetLiteFormat from '../parquet/lite/module.js';
import parquetFormat from '../parquet/module.js';
import { type ParquetOptions, resolveParquetOptions } from '../parquet/options.js';
import parquetWasmFormat from '../parquet/wasm/module.js';
import { canonOf, fromDuck, fromText, type ReadLeaf, written } from '../testing/canon.js';
import { duckRows, encodeAll } from '../testing/encode.js';
import { msgpackReaders } from '../testing/msgpack-readers.js';
import { rowsOfType, sampleTypes } from '../testing/type-samples.js';
import { arrowTypes } from './arrow-types.js';
import { csvTypes } from './csv-types.js';
import { refusalOf, type TypeMappings } from './mapping.js';
import { msgpackTypes } from './msgpack-types.js';
import { ndjsonTypes } from './ndjson-types.js';
import { parquetLiteTypes } from './parquet-lite-types.js';
import { parquetPolarsTypes } from './parquet-polars-types.js';
import { parquetTypes, parquetWasmTypes } from './parquet-types.js';
import { typeTable } from './type-table.js';

type Rows = readonly Record<string, unknown>[];

interface Trial {
  readonly name: string;
  readonly mappings: TypeMappings;
  /** Encodes batches; throws as `check` does. */
  encode(schema: Schema<object>, batches: readonly Rows[]): Promise<Uint8Array>;
  /** Readers that are not ours: what each gives for column `c`, and how it is written down. */
  readonly readers: Readonly<
    Record<string, (bytes: Uint8Array, type: DataType) => Promise<readonly unknown[]>>
  >;
  /** The unit that seconds are stored in. */
  readonly seconds: 's' | 'ms';
  /** Values that the format refuses one by one, with VALUE_INVALID. */
  readonly refuses?: (type: DataType, value: unknown) => boolean;
}

function encoding<O>(format: FormatDefinition<O>, options: O): Trial['encode'] {
  return (schema, batches) =>
    encodeAll(
      format,
      options,
      schema,
      batches.map((rows) => batchOfRows(schema, rows)),
    );
}

const column = (rows: readonly Record<string, unknown>[]): unknown[] => rows.map((row) => row.c);
const canonWith =
  (leaf: ReadLeaf, type: DataType) =>
  (value: unknown): unknown =>
    canonOf(type, value, leaf);

const readers: Trial['readers'] = {
  async duckdb(bytes, type) {
    return column(await duckRows(bytes, '.parquet', 'SELECT c FROM read_parquet($file)')).map(
      canonWith(fromDuck, type),
    );
  },
  async hyparquet(bytes, type) {
    const file = new Uint8Array(bytes).buffer;
    // Its own parsers cut times down to milliseconds.
    const parsers = {
      timestampFromMilliseconds: (value: bigint) => value * 1_000_000n,
      timestampFromMicroseconds: (value: bigint) => value * 1_000n,
      timestampFromNanoseconds: (value: bigint) => value,
      dateFromDays: (days: number) => new Date(days * 86_400_000).toISOString().slice(0, -14),
      stringFromBytes: (text: Uint8Array | undefined) =>
        text && new TextDecoder('utf-8', { ignoreBOM: true }).decode(text),
    };
    const metadata = withoutDecimals(parquetMetadata(file));
    const rows = await parquetReadObjects({ file, metadata, parsers, utf8: false } as Parameters<
      typeof parquetReadObjects
    >[0]);
    return column(rows).map(canonWith(fromHyparquet, type));
  },
};

/** It makes doubles of decimals, whose digits are then not those that were written: of what is none it gives the stored units. */
function withoutDecimals(metadata: FileMetaData): FileMetaData {
  const schema = metadata.schema.map((element) => {
    if (element.converted_type !== 'DECIMAL' && element.logical_type?.type !== 'DECIMAL') return element;
    const { converted_type: _, logical_type: __, ...plain } = element;
    return plain;
  });
  return { ...metadata, schema };
}

/** Stored as an integer, or as the bytes of one in two's complement, the highest first. */
function unitsOf(value: unknown): bigint {
  if (!(value instanceof Uint8Array)) return BigInt(value as number | bigint);
  return BigInt.asIntN(value.length * 8, BigInt(`0x${Buffer.from(value).toString('hex')}`));
}

function decimalText(units: bigint, scale: number): string {
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0');
  const point = digits.length - scale;
  const text = scale === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return units < 0n ? `-${text}` : text;
}

const fromHyparquet: ReadLeaf = (type, value) => {
  if (type.kind === 'decimal') return decimalText(unitsOf(value), type.scale);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (type.kind === 'time') {
    return String(
      BigInt(value as number | bigint) * { s: 1_000_000n, ms: 1_000_000n, us: 1_000n, ns: 1n }[type.unit],
    );
  }
  return type.kind.startsWith('float') && Object.is(value, -0) ? '-0' : String(value);
};

const parquetOptions = (options: ParquetOptions) => resolveParquetOptions('x', options).format;

const trials: readonly Trial[] = [
  {
    name: 'parquet, whatever engine',
    mappings: parquetWasmTypes,
    encode: encoding(parquetFormat, parquetOptions({})),
    readers,
    seconds: 'ms',
  },
  {
    name: 'parquet of tailrace',
    mappings: parquetTypes,
    encode: encoding(parquetFormat, parquetOptions({ engine: 'tailrace' })),
    readers,
    seconds: 'ms',
  },
  {
    name: 'parquet of parquet-wasm',
    mappings: parquetWasmTypes,
    encode: encoding(parquetWasmFormat, parquetOptions({ engine: 'parquet-wasm' })),
    readers,
    seconds: 'ms',
  },
  {
    name: 'parquet of parquetjs-lite',
    mappings: parquetLiteTypes,
    encode: encoding(parquetLiteFormat, parquetOptions({ engine: 'parquetjs-lite' })),
    readers,
    seconds: 'ms',
    refuses: ({ kind }, value) =>
      kind === 'int64'
        ? !Number.isSafeInteger(Number(value))
        : kind.startsWith('float') && (Number.isNaN(value) || Object.is(value, -0)),
  },
  {
    name: 'msgpack in rows',
    mappings: msgpackTypes,
    encode: encoding(msgpackFormat, resolveMsgpackOptions('x', { layout: 'rows' })),
    readers: msgpackReaders,
    seconds: 's',
  },
  {
    name: 'msgpack in columns',
    mappings: msgpackTypes,
    encode: encoding(msgpackFormat, resolveMsgpackOptions('x', { layout: 'columns' })),
    readers: msgpackReaders,
    seconds: 's',
  },
  {
    name: 'csv',
    mappings: csvTypes,
    encode: encoding(csvFormat, resolveCsvOptions('x', { nullText: '\\N' })),
    readers: {
      async duckdb(bytes, type) {
        const from = `SELECT c FROM read_csv($file, all_varchar = true, header = true, delim = ',', quote = '"', escape = '"', nullstr = '\\N', allow_quoted_nulls = false, auto_detect = false, columns = {'c': 'VARCHAR'})`;
        return column(await duckRows(bytes, '.csv', from)).map(canonWith(fromText, type));
      },
      async 'csv-parse'(bytes, type) {
        const records = parse(Buffer.from(bytes), {
          columns: true,
          record_delimiter: '\n',
          cast: (text, { quoting }) => (!quoting && text === '\\N' ? null : text),
        }) as Rows;
        return column(records).map(canonWith(fromText, type));
      },
    },
    seconds: 's',
  },
  {
    name: 'ndjson',
    mappings: ndjsonTypes,
    encode: encoding(ndjsonFormat, resolveNdjsonOptions('x', { bigint: 'string', nonFinite: 'null' })),
    readers: {
      async duckdb(bytes, type) {
        const from = `SELECT c FROM read_json($file, format = 'newline_delimited', columns = {'c': 'JSON'})`;
        return column(await duckRows(bytes, '.ndjson', from)).map((text) =>
          canonOf(type, text === null ? null : JSON.parse(String(text)), fromText),
        );
      },
      async 'JSON.parse'(bytes, type) {
        const lines = Buffer.from(bytes).toString().split('\n').slice(0, -1);
        return column(lines.map((line) => JSON.parse(line) as Record<string, unknown>)).map(
          canonWith(fromText, type),
        );
      },
    },
    seconds: 's',
  },
];

/** Replaces leaves, however deep. */
function replaced(value: unknown, by: ReadonlyMap<unknown, unknown>): unknown {
  if (Array.isArray(value)) return value.map((one) => replaced(one, by));
  return by.has(value) ? by.get(value) : value;
}

/** JSON has no word for what is not finite, which stands as null where that was asked for. */
const writtenAsJson: ReadLeaf = (type, value) =>
  type.kind.startsWith('float') && !Number.isFinite(value) ? null : written('s')(type, value);
/** Within arrays DuckDB takes `-0` for an integer. */
const unsignedZero = new Map([['-0', '0']]);

function cutsOf(rows: Rows): (readonly Rows[])[] {
  const cuts = [1, rows.length - 1].map((at) => [rows.slice(0, at), rows.slice(at)]);
  return [[rows], rows.map((row) => [row]), ...cuts];
}

/** Tried in test/interop, over the same samples, where polars and more readers of Arrow are installed. */
const elsewhere: readonly TypeMappings[] = [arrowTypes, parquetPolarsTypes];

it('leaves out no format, and gives each to two readers', () => {
  expect(new Set([...trials.map(({ mappings }) => mappings), ...elsewhere])).toEqual(
    new Set<TypeMappings>(Object.values(typeTable)),
  );
  for (const { readers: of } of trials) expect(Object.keys(of)).toHaveLength(2);
});

describe.each(trials)('the types of $name', (trial) => {
  const cases = sampleTypes.flatMap((type) =>
    [false, true].map((nullable) => ({
      type,
      nullable,
      name: `${describeType(type)}${nullable ? '?' : ''}`,
    })),
  );

  it.each(cases)('$name', async ({ type, nullable }) => {
    const { schema, rows: all } = rowsOfType(type, nullable);
    const refusal = refusalOf(trial.mappings, type);
    if (refusal !== undefined) {
      await expect(trial.encode(schema, [])).rejects.toMatchObject({
        code: 'SCHEMA_INVALID',
        message: expect.stringContaining(`Column "c" is ${describeType(type)}, which`),
        context: expect.objectContaining({ column: 'c' }),
      });
      return;
    }
    const refused = all.filter(({ c }) => c !== null && trial.refuses?.(type, c) === true);
    for (const row of refused)
      await expect(trial.encode(schema, [[row]])).rejects.toMatchObject({ code: 'VALUE_INVALID' });
    const rows = all.filter((row) => !refused.includes(row));
    const isJson = trial.name === 'ndjson';
    const leaf = isJson ? writtenAsJson : written(trial.seconds);
    const wanted = rows.map(({ c }) => canonOf(type, c, leaf));
    const seen = new Set<string>();
    for (const batches of cutsOf(rows)) {
      const bytes = await trial.encode(schema, batches);
      // Most cuts make the same file.
      const key = Buffer.from(bytes).toString('latin1');
      if (seen.has(key)) continue;
      seen.add(key);
      for (const [reader, read] of Object.entries(trial.readers)) {
        const isBlurred = isJson && reader === 'duckdb';
        const expected = isBlurred ? replaced(wanted, unsignedZero) : wanted;
        const values = await read(bytes, type);
        expect({ reader, values: isBlurred ? replaced(values, unsignedZero) : values }).toEqual({
          reader,
          values: expected,
        });
      }
    }
    const none = await trial.encode(schema, []);
    for (const [reader, read] of Object.entries(trial.readers)) {
      expect({ reader, values: await read(none, type) }).toEqual({ reader, values: [] });
    }
  });
});
