import type { DataType, Schema } from '@tailrace/core/sink';
import { describeType } from '@tailrace/core/sink';
import { batchOfRows } from '@tailrace/core/testing';
import { tableFromIPC } from 'apache-arrow';
import { readParquet } from 'parquet-wasm';
import { describe, expect, it } from 'vitest';
import { duckRows, encodeAll } from '../../testing/encode.js';
import { rowsOfType, sampleTypes } from '../../testing/type-samples.js';
import { refusalOf } from '../../types/mapping.js';
import { parquetTypes } from '../../types/parquet-types.js';
import parquetFormat from '../module.js';
import { resolveParquetOptions } from '../options.js';

const optionsOf = (rowGroupRows: number) =>
  resolveParquetOptions('x', { engine: 'tailrace', rowGroupRows }).format;

function file(type: DataType, values: readonly unknown[], rowGroupRows: number): Promise<Uint8Array> {
  const schema: Schema<object> = { fields: [{ name: 'c', type, nullable: true }] };
  return encodeAll(parquetFormat, optionsOf(rowGroupRows), schema, [
    batchOfRows(
      schema,
      values.map((c) => ({ c })),
    ),
  ]);
}

describe('what the footer says of the types', () => {
  it.each<[DataType, readonly unknown[], string]>([
    [{ kind: 'int8' }, [-128, -1, 0, 1, 127], 'TINYINT'],
    [{ kind: 'uint16' }, [0, 1, 32_768, 65_535], 'USMALLINT'],
    [{ kind: 'uint32' }, [0, 1, 2_147_483_647, 2_147_483_648, 4_294_967_295], 'UINTEGER'],
    [
      { kind: 'uint64', js: 'bigint' },
      [0n, 1n, 2n ** 32n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n],
      'UBIGINT',
    ],
    [{ kind: 'float32' }, [-Infinity, -1.5, -0, 0, 2 ** -149, 1.5, Infinity], 'FLOAT'],
    [{ kind: 'time', unit: 'us' }, [0, 1, 86_399_999_999], 'TIME'],
    [
      { kind: 'decimal', bits: 128, precision: 20, scale: 2, js: 'string' },
      ['-1.50', '0.00', '12.25'],
      'DECIMAL(20,2)',
    ],
  ])('lets DuckDB pass over row groups, and finds all: %o', async (type, values, sqlType) => {
    // Two rows to a group, so that each has bounds of its own; in an order that mixes signs.
    const mixed = [
      ...values.filter((_, at) => at % 2 === 1),
      null,
      ...values.filter((_, at) => at % 2 === 0),
    ];
    const bytes = await file(type, mixed, 2);
    const [described] = await duckRows(bytes, '.parquet', 'DESCRIBE SELECT c FROM read_parquet($file)');
    expect(described?.column_type).toBe(sqlType);
    const rows = await duckRows(
      bytes,
      '.parquet',
      'SELECT c, c::VARCHAR AS t FROM read_parquet($file) WHERE c IS NOT NULL',
    );
    expect(rows).toHaveLength(values.length);
    for (const { t } of rows) {
      const literal = `'${t}'::${sqlType}`;
      const count = async (query: string): Promise<unknown> =>
        (await duckRows(bytes, '.parquet', `${query} FROM read_parquet($file)`))[0]?.n;
      for (const operator of ['=', '>=', '<']) {
        const is = `c ${operator} ${literal}`;
        const found = await duckRows(
          bytes,
          '.parquet',
          `SELECT count(*) AS n FROM read_parquet($file) WHERE ${is}`,
        );
        // Without a WHERE no bounds are of use.
        expect(found[0]?.n).toBe(await count(`SELECT count(CASE WHEN ${is} THEN 1 END) AS n`));
      }
    }
  });

  const own = sampleTypes.filter((type) => refusalOf(parquetTypes, type) === undefined);

  it.each(own.map((type) => [describeType(type), type] as const))(
    'tells Arrow readers the type: %s',
    async (_, type) => {
      const { schema, rows } = rowsOfType(type, true);
      const bytes = await file(
        type,
        rows.map(({ c }) => c),
        1_000,
      );
      const [field] = tableFromIPC(readParquet(new Uint8Array(bytes)).intoIPCStream()).schema.fields;
      const wasm = await encodeAll(
        (await import('../wasm/module.js')).default,
        resolveParquetOptions('x', { engine: 'parquet-wasm' }).format,
        schema,
        [batchOfRows(schema, rows)],
      );
      const [other] = tableFromIPC(readParquet(new Uint8Array(wasm)).intoIPCStream()).schema.fields;
      expect(String(field?.type)).toBe(String(other?.type));
      expect(field?.metadata).toEqual(other?.metadata);
    },
  );
});
