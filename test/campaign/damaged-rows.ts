// Owns the rows of the files that are damaged, and whether what is read of them has the forms of their types.
import {
  bool,
  defineSchema,
  float64,
  int32,
  int64,
  nullable,
  type RowOfColumns,
  timestamp,
  utf8,
} from '@tailrace/core';

const columns = {
  n: int32(),
  big: int64(),
  ratio: nullable(float64()),
  flag: bool(),
  at: timestamp('ms', { js: 'bigint' }),
  text: nullable(utf8()),
  word: utf8(),
};
export const schema: ReturnType<typeof defineSchema<typeof columns>> = defineSchema(columns);
export type Row = RowOfColumns<typeof columns>;
export const rowCount = 60;

export function* rowsOf(): Generator<Row> {
  for (let n = 0; n < rowCount; n += 1) {
    yield {
      n,
      big: BigInt(n) * 1_000_003n,
      ratio: n % 7 === 0 ? null : n / 4,
      flag: n % 3 === 0,
      at: BigInt(n * 86_399_000),
      text: n % 5 === 0 ? null : `row ${n}, "quoted" ä`,
      word: `w${n % 4}`,
    };
  }
}

const half = 2n ** 63n;
const isInt64 = (value: unknown): boolean => typeof value === 'bigint' && value >= -half && value < half;

/** Of damaged bytes other values may come than were written, but none that no such column can hold. */
export function fits({ n, big, ratio, flag, at, text, word }: Row): boolean {
  return (
    Number.isInteger(n) &&
    Math.abs(n) <= 2 ** 31 &&
    isInt64(big) &&
    (ratio === null || typeof ratio === 'number') &&
    typeof flag === 'boolean' &&
    isInt64(at) &&
    (text === null || typeof text === 'string') &&
    typeof word === 'string'
  );
}
