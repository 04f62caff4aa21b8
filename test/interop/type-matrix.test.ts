// The part of the matrix of types whose engine is installed here alone: polars, over the types, values and refusals of the table that
// the writers check schemas against. The rest of it is packages/writers/src/types/type-matrix.test.ts.
import { describeType } from '@tailrace/core/sink';
import { parquet } from '@tailrace/writers/parquet';
import { describe, expect, test } from 'vitest';
import { rowsOfType, sampleTypes } from '../../packages/writers/src/testing/type-samples.js';
import { refusalOf } from '../../packages/writers/src/types/mapping.js';
import { parquetPolarsTypes } from '../../packages/writers/src/types/parquet-polars-types.js';
import { arrowRsParquet, duckParquet, hyparquet, readBy, valuesOf } from './support/any-readers.js';
import { written } from './support/canon.js';
import { encodeRows } from './support/encode.js';

const cases = sampleTypes.flatMap((type) =>
  [false, true].map((nullable) => ({ type, nullable, name: `${describeType(type)}${nullable ? '?' : ''}` })),
);
/** hyparquet makes doubles of decimals, so that arrow-rs stands in for it. */
const readers = [duckParquet, hyparquet, arrowRsParquet];

describe('the types of parquet of polars', () => {
  test.each(cases)('$name', async ({ type, nullable }) => {
    const { schema, rows } = rowsOfType(type, nullable);
    const sink = parquet<object>('x.parquet', { engine: 'polars' });
    if (refusalOf(parquetPolarsTypes, type) !== undefined) {
      await expect(encodeRows(sink, schema, [])).rejects.toMatchObject({ code: 'SCHEMA_INVALID' });
      return;
    }
    const cuts = [
      [rows],
      rows.map((row) => [row]),
      [rows.slice(0, 1), rows.slice(1)],
      [rows.slice(0, -1), rows.slice(-1)],
      [],
    ];
    for (const cut of cuts) {
      const bytes = await encodeRows(sink, schema, cut);
      let held = 0;
      for (const reader of readers) {
        // polars notes dictionaries as those of views, which arrow-rs refuses as it reads Parquet.
        const isView = reader === arrowRsParquet && type.kind === 'dictionary';
        if (isView || reader.holds?.(type) === false) continue;
        held += 1;
        const wanted = cut
          .flat()
          .map((row) => valuesOf(row, schema.fields, { ...reader, leaf: written('ms') }));
        const values = await readBy(reader, bytes, schema.fields);
        expect({ reader: reader.name, values }).toEqual({ reader: reader.name, values: wanted });
      }
      expect(held).toBeGreaterThanOrEqual(2);
    }
  });
});
