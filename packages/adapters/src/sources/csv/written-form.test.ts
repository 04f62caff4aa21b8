import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { date, decimal, defineSchema, float64, nullable, timestamp } from '@tailrace/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ReadCsvOptions, readCsv } from './read-csv.js';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tailrace-forms-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const schema = defineSchema({
  ratio: nullable(float64()),
  money: decimal(6, 2),
  at: timestamp('us'),
  ticks: timestamp('us', { js: 'bigint' }),
  day: date(),
});
const read = (text: string, options: ReadCsvOptions): Promise<unknown[]> =>
  readAll(`ratio;money;at;ticks;day\n${text}`, options);
async function readAll(text: string, options: ReadCsvOptions): Promise<unknown[]> {
  const path = join(dir, 'x.csv');
  writeFileSync(path, text);
  const rows: unknown[] = [];
  for await (const chunk of readCsv(path, { delimiter: ';', schema, ...options }).open(
    new AbortController().signal,
  )) {
    rows.push(...chunk);
  }
  return rows;
}
const counts = { decimalSeparator: ',', timestamps: 'count', dates: 'count' } as const;

describe('values in other forms than their usual one', () => {
  it('are read as they are said to be written', async () => {
    expect(await read('-1,5e3;12,5;978307200000000;1;-1\n;0;0;-1;0\n', counts)).toEqual([
      { ratio: -1500, money: '12.50', at: new Date(978_307_200_000), ticks: 1n, day: new Date(-86_400_000) },
      { ratio: null, money: '0.00', at: new Date(0), ticks: -1n, day: new Date(0) },
    ]);
  });

  it('that count nanoseconds are whole milliseconds or refused, however many they are', async () => {
    const of = { schema: defineSchema({ at: timestamp('ns') }), timestamps: 'count' } as const;
    expect(await readAll('at\n1700000000123000000\n', of)).toEqual([{ at: new Date(1_700_000_000_123) }]);
    for (const fine of ['1700000000123000001', '1700000000123000100']) {
      await expect(readAll(`at\n${fine}\n`, of)).rejects.toThrow(/is finer than a Date/);
    }
  });

  it.each([
    ['1.5;0;0;0;0', /"1\.5" has a point/],
    ['1;1.234,5;0;0;0', /has a point/],
    ['1;0;1500;0;0', /"1500" is finer than a Date/],
    ['1;0;9000000000000000000;0;0', /beyond what a Date can hold/],
    ['1;0;2001-01-01T00:00:00Z;0;0', /is not a whole number/],
    ['1;0;0;0;100000001', /beyond what a Date can hold/],
    ['1;0;0;0;2001-01-01', /is not a whole number/],
  ])('%s is refused', async (line, problem) => {
    await expect(read(`${line}\n`, counts)).rejects.toMatchObject({
      code: 'VALUE_INVALID',
      message: expect.stringMatching(problem),
    });
  });

  it('are refused as options when they are none of the choices', () => {
    for (const options of [{ decimalSeparator: ';' }, { timestamps: 'iso' }, { dates: 1 }]) {
      // As from JavaScript.
      expect(() => readCsv('x.csv', options as ReadCsvOptions)).toThrow(/of 'x\.csv' must be/);
    }
  });
});
