import { describe, expect, it } from 'vitest';
import { type Batch, batchData } from '../batch/batch.js';
import type { ColumnData } from '../batch/batch-data.js';
import { batchError } from '../batch/check-batch.js';
import { list } from '../batch/nested-types.js';
import { defineSchema, dictionary, int32, nullable, utf8 } from '../batch/schema.js';
import { buildBatches, createTestMemory } from './test-rig.js';

const schema = defineSchema({
  n: int32(),
  text: nullable(utf8()),
  word: dictionary(),
  many: list(int32()),
});
const rows = [0, 1, 2, 3, 4, 5].map((n) => ({
  n,
  text: n === 3 ? null : `é${n}`,
  word: `w${n % 2}`,
  many: [n, n],
}));

function made(): Batch<unknown> {
  const [batch] = buildBatches(rows, { memory: createTestMemory(), schema });
  if (batch === undefined) throw new Error('no batch was built');
  return batch;
}
const told = (batch: Batch<unknown>): string | undefined => batchError(batch, 'Stage "a"', 'test')?.message;

describe('a batch that user code hands in', () => {
  it('is taken as it is, also after its columns were looked at', () => {
    const batch = made();
    expect(told(batch)).toBeUndefined();
    expect(batch.data.rows).toBe(6);
    expect(told(batch)).toBeUndefined();
  });

  it('is refused when this library has not made it, whatever it looks like', () => {
    const batch = made();
    const marks = Object.getOwnPropertyDescriptors(batch);
    expect(told(Object.defineProperties({}, marks) as Batch<unknown>)).toContain('has not made');
  });

  const column = (columns: readonly ColumnData[], at: number): ColumnData => {
    const found = columns[at];
    if (found === undefined) throw new Error(`no column ${at}`);
    return found;
  };
  it.each<[string, number, (column: ColumnData) => unknown]>([
    ['has the offset', 1, ({ offsets }) => offsets?.fill(-3, 2, 3)],
    ['has the offset', 1, ({ offsets }) => offsets?.fill(2 ** 30, 6, 7)],
    ['are no text', 1, ({ values }) => values instanceof Uint8Array && values.fill(0xff, 0, 1)],
    ['cuts a character in two', 1, ({ offsets }) => offsets?.fill(1, 1, 2)],
    ['counts 1 nulls, and has', 1, ({ validity }) => validity?.fill(0)],
    [
      'has the code 9 of 2, at row 1',
      2,
      ({ values }) => values instanceof Int32Array && values.fill(9, 1, 2),
    ],
    ['within, which has', 3, ({ offsets }) => offsets?.fill(99, 6, 7)],
  ])('is refused when its columns were changed: %s', (words, at, change) => {
    const batch = made();
    change(column(batch.data.columns, at));
    expect(told(batch)).toContain(words);
    expect(batchData(batch).rows).toBe(6);
  });
});
