import type { DataType } from '@tailrace/core/sink';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvLayout } from '../csv/layout.js';
import { resolveCsvOptions } from '../csv/options.js';
import { ndjsonLayout } from '../ndjson/layout.js';
import { resolveNdjsonOptions } from '../ndjson/options.js';
import { type CellValue, type TestColumn, testBatch, testSchema } from '../testing/batches.js';
import { columnText } from './cells.js';
import type { ColumnText } from './column-text.js';
import { rowFiller } from './fill-rows.js';
import { blockBytes, blockSize, TextBlock } from './text-block.js';
import type { TextLayout } from './text-encoder.js';

/** Values of one column, as a function of the number of rows. */
const column = (type: DataType, value: fc.Arbitrary<CellValue>, name: string) => (rows: number) =>
  fc
    .array(fc.option(value, { freq: 6 }), { minLength: rows, maxLength: rows })
    .chain((values) =>
      fc.boolean().map((nulls) => (nulls ? values : values.map((each) => each ?? filler(type)))),
    )
    .map((values): TestColumn => ({ name, type, nullable: true, values }));

const filler = (type: DataType): CellValue =>
  type.kind === 'utf8' || type.kind === 'dictionary' ? '' : type.kind === 'bool' ? false : 0;

const int = fc.integer();
const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', 'a,b', '"', '\n', '\\', 'plain'));
const safe = fc.maxSafeInteger().map(BigInt);
const columns: readonly ((rows: number) => fc.Arbitrary<TestColumn>)[] = [
  column({ kind: 'bool' }, fc.boolean(), 'flag'),
  column({ kind: 'int32' }, int, 'i'),
  column({ kind: 'int64', js: 'bigint' }, safe, 'a rather long name "with quotes", and ünï'),
  column({ kind: 'float64' }, fc.double({ noNaN: true, noDefaultInfinity: true }), 'x'),
  column({ kind: 'timestamp', unit: 'us', timezone: 'UTC', js: 'bigint' }, safe, 't'),
  column({ kind: 'date' }, int, 'd'),
  column({ kind: 'utf8' }, text, 's'),
  column({ kind: 'dictionary' }, text, 'c'),
];

const table = fc
  .tuple(fc.subarray([...columns], { minLength: 1 }), fc.integer({ min: 1, max: 40 }))
  .chain(([some, rows]) => fc.tuple(...some.map((make) => make(rows))));

const usual = blockSize(2 ** 20);

function textsOf(given: readonly TestColumn[], layout: TextLayout): ColumnText[] {
  const batch = testBatch(given);
  return batch.schema.fields.map((field, index) => {
    const data = batch.data.columns[index];
    const before = layout.before[index];
    if (data === undefined || before === undefined) throw new Error('no column');
    return columnText({ field, rowsBefore: 0 }, data, batch.rows, layout.dialect, before);
  });
}

function filled(given: readonly TestColumn[], layout: TextLayout, generated: boolean): string {
  const fill = rowFiller(layout.after, generated)(textsOf(given, layout));
  const rows = given[0]?.values.length ?? 0;
  const block = new TextBlock(usual);
  // In two goes: the second begins where the first has ended.
  const half = fill(block, 0, rows >> 1);
  expect(half).toBe(rows >> 1);
  expect(fill(block, half, rows)).toBe(rows);
  return Buffer.from(block.bytes.subarray(0, block.length)).toString();
}

describe('rows of text', () => {
  it('are the same from generated code as from the plain loop, in both formats', () => {
    fc.assert(
      fc.property(table, (given) => {
        const schema = testSchema(given);
        for (const layout of [
          csvLayout(schema, resolveCsvOptions('out', { lineEnding: 'crlf', nullText: 'NULL' })),
          ndjsonLayout(schema, resolveNdjsonOptions('out', {})),
        ]) {
          expect(filled(given, layout, true)).toBe(filled(given, layout, false));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('are as they should be, with nulls', () => {
    const given: TestColumn[] = [
      { name: 'k', type: { kind: 'utf8' }, values: ['a', null, '"'] },
      { name: 'n', type: { kind: 'int32' }, values: [null, 2, 3] },
    ];
    const layout = ndjsonLayout(testSchema(given), resolveNdjsonOptions('out', {}));
    for (const generated of [true, false]) {
      expect(filled(given, layout, generated)).toBe(
        '{"k":"a","n":null}\n{"k":null,"n":2}\n{"k":"\\"","n":3}\n',
      );
    }
  });

  it('stop when the block is full, and go on from there', () => {
    const rows = 30_000;
    const given: TestColumn[] = [
      {
        name: 's',
        type: { kind: 'utf8' },
        values: Array.from({ length: rows }, (_, row) => `row ${row}`.padEnd(20)),
      },
    ];
    const layout = csvLayout(testSchema(given), resolveCsvOptions('out', {}));
    for (const generated of [true, false]) {
      const fill = rowFiller(layout.after, generated)(textsOf(given, layout));
      const block = new TextBlock(usual);
      const next = fill(block, 0, rows);
      expect(next).toBe(Math.ceil(blockBytes / 21));
      expect(block.length).toBe(next * 21);
      expect(fill(block, next, rows)).toBe(next);
    }
  });

  it('end where a smaller block is full', () => {
    const given: TestColumn[] = [{ name: 'i', type: { kind: 'int32' }, values: Array(30_000).fill(1) }];
    const layout = csvLayout(testSchema(given), resolveCsvOptions('out', {}));
    const size = blockSize(1);
    for (const generated of [true, false]) {
      const fill = rowFiller(layout.after, generated)(textsOf(given, layout));
      expect(fill(new TextBlock(size), 0, 30_000)).toBe(size.fullAt / 2);
    }
  });

  it('of later batches are written by the code of the first: what stands around values is not looked at again', () => {
    const given = (text: string): TestColumn[] => [
      { name: 'k', type: { kind: 'utf8' }, nullable: true, values: [text, null] },
      { name: 'n', type: { kind: 'int32' }, values: [1, 2] },
    ];
    const layout = ndjsonLayout(testSchema(given('')), resolveNdjsonOptions('out', {}));
    const seen = (): never => {
      throw new Error('looked at again');
    };
    for (const generated of [true, false]) {
      const fillerOf = rowFiller(layout.after, generated);
      const block = new TextBlock(usual);
      fillerOf(textsOf(given('a'), layout))(block, 0, 2);
      const later = textsOf(given('b'), layout).map((column) =>
        Object.defineProperties({ ...column }, { lead: { get: seen }, nullText: { get: seen } }),
      );
      fillerOf(later)(block, 0, 2);
      expect(Buffer.from(block.bytes.subarray(0, block.length)).toString()).toBe(
        '{"k":"a","n":1}\n{"k":null,"n":2}\n{"k":"b","n":1}\n{"k":null,"n":2}\n',
      );
    }
  });

  it('of more columns than generated code can be made for are written all the same', () => {
    const given = Array.from(
      { length: 600 },
      (_, index): TestColumn => ({
        name: `column ${index}`,
        type: { kind: 'int32' },
        values: [index],
      }),
    );
    const layout = csvLayout(testSchema(given), resolveCsvOptions('out', {}));
    expect(filled(given, layout, true)).toBe(`${given.map((_, index) => index).join()}\n`);
  });
});
