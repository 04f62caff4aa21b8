import { describe, expect, it } from 'vitest';
import { batchData } from '../batch/batch.js';
import { contentBytes } from '../batch/content-bytes.js';
import { bool, defineSchema, dictionary, float64, int32, int64, nullable, utf8 } from '../batch/schema.js';
import { buildBatches, createTestMemory } from './test-rig.js';

describe('the content of a batch in bytes', () => {
  it('counts values, offsets, text, dictionaries, and masks that have a null', () => {
    const schema = defineSchema({ n: int32(), text: nullable(utf8()), code: dictionary() });
    const rows = [
      { n: 1, text: 'ab', code: 'x' },
      { n: 2, text: null, code: 'x' },
    ];
    const [batch] = buildBatches(rows, { schema });
    // n: 2 x 4; text: 1 of mask, 3 x 4 of offsets, 2 of text; code: 2 x 4, 2 x 4 of offsets, 1 of text.
    expect(batch && contentBytes(batchData(batch))).toBe(8 + 15 + 17);
  });

  it('is the same for a batch that was spilled and read back', async () => {
    const schema = defineSchema({
      flag: nullable(bool()),
      n: nullable(int32()),
      big: int64(),
      x: float64(),
      text: nullable(utf8()),
      code: nullable(dictionary()),
      none: nullable(dictionary()),
    });
    const memory = createTestMemory();
    const rows = Array.from({ length: 1_001 }, (_, at) => ({
      flag: at % 3 === 0,
      n: at % 5 === 0 ? null : at,
      big: BigInt(at),
      x: at / 3,
      text: at % 7 === 0 ? null : `é ${at}`,
      code: `code ${at % 11}`,
      none: null,
    }));
    for (const batch of buildBatches(rows, { memory, schema, batchRows: 700 })) {
      const spilled = await memory.scratch.spill(batch);
      const loaded = await memory.scratch.load(spilled);
      expect(contentBytes(batchData(loaded))).toBe(contentBytes(batchData(batch)));
      expect(spilled.contentBytes).toBe(contentBytes(batchData(batch)));
    }
  });
});
