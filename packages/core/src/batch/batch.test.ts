import { describe, expect, it } from 'vitest';
import { batchData, createBatch, isBatch, referencesTo } from './batch.js';
import { defineSchema, int32 } from './schema.js';

const schema = defineSchema({ n: int32() });
const columns = [
  { nullCount: 0, validity: null, values: Int32Array.of(4, 5), offsets: null, dictionary: null },
];
const data = { schema, rows: 2, bytes: 8, columns };

describe('createBatch', () => {
  it('frees once, at the last release, and says that nobody outside saw the columns', () => {
    const freed: boolean[] = [];
    const batch = createBatch<{ n: number }>(data, (exposed) => freed.push(exposed));
    expect([...batch.toRows()]).toEqual([{ n: 4 }, { n: 5 }]);
    expect(batchData(batch)).toBe(data);
    expect(batch.retain()).toBe(batch);
    batch.release();
    expect([freed, referencesTo(batch)]).toEqual([[], 1]);
    batch.release();
    expect([freed, referencesTo(batch)]).toEqual([[false], 0]);
  });

  it('remembers that its columns were seen', () => {
    const freed: boolean[] = [];
    const batch = createBatch(data, (exposed) => freed.push(exposed));
    expect(batch.data).toBe(data);
    batch.release();
    expect(freed).toEqual([true]);
  });

  it('refuses every use after the last release', () => {
    const batch = createBatch(data, () => undefined);
    batch.release();
    for (const use of [() => batch.data, () => batch.toRows(), () => batch.retain(), () => batch.release()]) {
      expect(use).toThrow(expect.objectContaining({ code: 'CLOSED' }));
    }
  });

  it('is told apart from other items', () => {
    expect([createBatch(data, () => undefined), {}, null, 'batch'].map(isBatch)).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it('refuses to go on with rows after its release, whose memory may hold others by then', () => {
    const values = Int32Array.of(4, 5);
    const batch = createBatch({ ...data, columns: [{ ...columns[0], values }] } as typeof data, () =>
      values.fill(9),
    );
    const rows = batch.toRows();
    const iterator = rows[Symbol.iterator]();
    expect(iterator.next().value).toEqual({ n: 4 });
    batch.release();
    const closed = { code: 'CLOSED', message: expect.stringContaining('call retain()') };
    expect(() => iterator.next()).toThrow(expect.objectContaining(closed));
    expect(() => [...rows]).toThrow(expect.objectContaining(closed));
  });
});
