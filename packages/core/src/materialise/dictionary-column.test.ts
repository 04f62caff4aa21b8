import { describe, expect, it } from 'vitest';
import { type Batch, batchData } from '../batch/batch.js';
import { defineSchema, dictionary, nullable } from '../batch/schema.js';
import { buildBatches, createTestMemory } from './test-rig.js';

const schema = defineSchema({ word: nullable(dictionary()) });

function entriesOf(batch: Batch<unknown>): number | undefined {
  return batchData(batch).columns[0]?.dictionary?.length;
}

describe('a dictionary column', () => {
  it('holds each string once while strings repeat, however they are spread', () => {
    const words = Array.from({ length: 20_000 }, (_, at) => ({
      word: at % 13 === 0 ? null : `word ${(at * 7919) % 3_000}`,
    }));
    const [batch] = buildBatches(words, { schema });
    expect(batch && entriesOf(batch)).toBeLessThanOrEqual(3_000);
    expect([...(batch?.toRows() ?? [])]).toEqual(words);
  });

  it('lays strings down one by one when nearly all are new, and gives them back the same', () => {
    const words = Array.from({ length: 30_000 }, (_, at) => ({
      word: at % 10 === 0 ? 'again' : at % 11 === 0 ? null : `word é ${at}`,
    }));
    const batches = buildBatches(words, { schema, batchRows: 10_000 });
    expect(batches.flatMap((batch) => [...batch.toRows()])).toEqual(words);
    for (const batch of batches) expect(entriesOf(batch)).toBeGreaterThan(8_000);
  });

  it('looks strings up again when they repeat again', () => {
    const words = [
      ...Array.from({ length: 10_000 }, (_, at) => ({ word: `word ${at}` })),
      ...Array.from({ length: 20_000 }, (_, at) => ({ word: `word ${at % 50}` })),
    ];
    const batches = buildBatches(words, { schema, batchRows: 10_000 });
    expect(batches.map(entriesOf)).toEqual([10_000, 50, 50]);
  });

  it('survives being spilled with the same string in it twice', async () => {
    const memory = createTestMemory();
    const words = Array.from({ length: 6_000 }, (_, at) => ({ word: at < 5_000 ? `word ${at}` : 'late' }));
    const [batch] = buildBatches(words, { schema, memory });
    if (batch === undefined) throw new Error('no batch');
    expect(entriesOf(batch)).toBe(6_000);
    const loaded = await memory.scratch.load(await memory.scratch.spill(batch));
    expect([...loaded.toRows()]).toEqual(words);
  });

  it('refuses text that is no valid Unicode in either way of storing it, leaving the row out', () => {
    const words = Array.from({ length: 5_000 }, (_, at) => ({ word: `word ${at}` }));
    for (const before of [words.slice(0, 10), words]) {
      const memory = createTestMemory();
      expect(() => buildBatches([...before, { word: '\ud800' }], { schema, memory })).toThrow(
        /lone surrogates/,
      );
    }
  });
});
