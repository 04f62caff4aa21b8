import type { DataType } from '@tailrace/core/sink';
import { parquetMetadata } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { type CellValue, testBatch, testSchema } from '../testing/batches.js';
import { encodeAll, memorySink, openEncoder } from '../testing/encode.js';
import format from './module.js';
import { resolveParquetOptions } from './options.js';
import type { ParquetSorting } from './sort-guard.js';

const optionsFor = (sortedBy: readonly ParquetSorting[]) => resolveParquetOptions('out', { sortedBy }).format;

const write = (
  type: DataType,
  values: readonly (readonly CellValue[])[],
  order: Omit<ParquetSorting, 'column'> = {},
) => {
  const columns = values.map((some) => [{ name: 'v', type, nullable: true, values: some }]);
  const schema = testSchema(columns[0] ?? []);
  return encodeAll(
    format,
    optionsFor([{ column: 'v', ...order }]),
    schema,
    columns.map((column) => testBatch(column, schema)),
  );
};
const int64: DataType = { kind: 'int64', js: 'bigint' };
const utf8: DataType = { kind: 'utf8' };

describe('sortedBy', () => {
  it.each([
    ['numbers', int64, [[-3n, 0n, 0n, 7n]], {}],
    [
      'numbers over batches',
      int64,
      [
        [1n, 2n],
        [2n, 9n],
      ],
      {},
    ],
    ['numbers downwards, nulls last', int64, [[9n, 2n, null], [null]], { descending: true }],
    ['nulls first', int64, [[null, null, 1n]], { nullsFirst: true }],
    // UTF-16 units would have them the other way round.
    ['text by its bytes', utf8, [['', 'Z', 'a', '\uffee', '😀']], {}],
    [
      'dictionaries by their text',
      { kind: 'dictionary' },
      [
        ['b', 'b', 'c'],
        ['c', 'd'],
      ],
      {},
    ],
    ['booleans', { kind: 'bool' }, [[false, true, true]], {}],
    ['doubles', { kind: 'float64' }, [[Number.NEGATIVE_INFINITY, -0, 0, 1.5]], {}],
  ] as const)('is told of %s that have the order', async (_, type, values, order) => {
    const bytes = await write(type, values, order);
    const { descending = false, nullsFirst = false } = order as Omit<ParquetSorting, 'column'>; // of the list above
    expect(parquetMetadata(new Uint8Array(bytes).buffer).row_groups[0]?.sorting_columns).toEqual([
      { column_idx: 0, descending, nulls_first: nullsFirst },
    ]);
  });

  it.each([
    ['a number', int64, [[1n, 0n]], {}, 1],
    ['a number of the next batch', int64, [[1n, 5n], [4n]], {}, 2],
    ['a number that rises where they fall', int64, [[1n, 2n]], { descending: true }, 1],
    ['a null among values', int64, [[1n, null, 2n]], {}, 2],
    ['a null that comes last where they come first', int64, [[1n, null]], { nullsFirst: true }, 1],
    ['text by its bytes', utf8, [['😀', '\uffee']], {}, 1],
    ['NaN', { kind: 'float64' }, [[1, Number.NaN]], {}, 1],
  ] as const)(
    'fails the write for %s out of order, and names the row',
    async (_, type, values, order, row) => {
      await expect(write(type, values, order)).rejects.toMatchObject({
        code: 'VALUE_INVALID',
        message: expect.stringContaining(`row ${row} of the file`),
      });
    },
  );

  it('compares a later column only where the ones before are equal', async () => {
    const columns = (a: readonly bigint[], b: readonly bigint[]) => [
      { name: 'a', type: int64, values: a },
      { name: 'b', type: int64, values: b },
    ];
    const good = columns([1n, 1n, 2n], [1n, 2n, 0n]);
    const bad = columns([1n, 1n], [2n, 1n]);
    const options = optionsFor([{ column: 'a' }, { column: 'b' }]);
    await expect(encodeAll(format, options, testSchema(good), [testBatch(good)])).resolves.toBeInstanceOf(
      Uint8Array,
    );
    await expect(encodeAll(format, options, testSchema(bad), [testBatch(bad)])).rejects.toThrow(
      /"a", "b".*row 1/,
    );
  });

  it('remembers text of a batch whose memory is used again', async () => {
    const schema = testSchema([{ name: 'v', type: utf8, values: [] }]);
    const encoder = await openEncoder(format, optionsFor([{ column: 'v' }]), schema, memorySink());
    const first = testBatch([{ name: 'v', type: utf8, values: ['m'] }], schema);
    await encoder.write(first);
    for (const { values } of first.data.columns) values.fill(0x7a as never); // the bytes of its text become z
    await encoder.write(testBatch([{ name: 'v', type: utf8, values: ['n'] }], schema));
    await expect(encoder.finish()).resolves.toEqual({ rows: 2 });
  });

  it('is refused before the run for a column that is not there, or that is nested', () => {
    const schema = testSchema([{ name: 'v', type: int64, values: [] }]);
    expect(() => format.check(schema, optionsFor([{ column: 'w' }]))).toThrow(/the stage has the columns v/);
  });
});

describe('columns', () => {
  const schema = testSchema([
    { name: 'flag', type: { kind: 'bool' }, values: [] },
    { name: 'half', type: { kind: 'float64' }, values: [] },
  ]);
  it.each([
    [{ nope: { dictionary: true } }, /the stage has the columns flag, half/],
    [{ flag: { dictionary: true } }, /bool, which cannot have dictionary: true/],
    [{ half: { encoding: 'delta' } }, /float64, which cannot have encoding: delta/],
  ] as const)('are refused before the run for what a column cannot have: %j', (columns, message) => {
    const { format: options } = resolveParquetOptions('out', { columns });
    expect(() => format.check(schema, options)).toThrow(message);
  });
});
