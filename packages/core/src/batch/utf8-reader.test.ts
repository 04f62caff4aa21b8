import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layDown } from './text-layout.js';
import { utf8Reader } from './utf8-reader.js';

const texts = fc.array(
  fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', 'CA', 'alpha-beta-gamma', 'é', '😀x')),
  {
    maxLength: 700,
  },
);

function reader(of: readonly string[]): (row: number) => string {
  const { offsets, values } = layDown(of);
  const shared = new Uint8Array(new SharedArrayBuffer(values.length + 3), 3);
  shared.set(values);
  return utf8Reader(shared, offsets, of.length);
}

describe('utf8Reader', () => {
  it('reads any strings from shared memory, in order and out of order', () => {
    fc.assert(
      fc.property(texts, (of) => {
        const read = reader(of);
        expect(of.map((_, row) => read(row))).toEqual(of);
        for (let row = of.length - 1; row >= 0; row -= 7) expect(read(row)).toBe(of[row]);
      }),
      { numRuns: 50 },
    );
  });

  it('tells strings apart that share a slot of its cache', () => {
    const many = Array.from({ length: 5_000 }, (_, at) => `k${at % 1_700}`);
    const read = reader(many);
    expect(many.map((_, row) => read(row))).toEqual(many);
  });

  it('goes from strings that never repeat to strings that do, and back, in order or not', () => {
    const many = Array.from({ length: 12_000 }, (_, at) =>
      at < 4_000 || at > 9_000 ? `${at % 17 === 0 ? 'é' : 'k'}${at}` : `again ${at % 5}`,
    );
    const read = reader(many);
    expect(many.map((_, row) => read(row))).toEqual(many);
    for (let row = many.length - 1; row >= 0; row -= 1) expect(read(row)).toBe(many[row]);
  });
});
