import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createByteTable } from './byte-table.js';

describe('the byte table', () => {
  it('finds exactly what was added, as a Map would', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      fc.uint8Array({ minLength: 0, maxLength: 2, max: 1 }),
    );
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 600 }), (values) => {
        const table = createByteTable();
        const model = new Map<string, number>();
        for (const value of values) {
          const key = value.join();
          expect(table.find(value, 0, value.length)).toBe(model.get(key) ?? -1);
          if (model.has(key)) continue;
          model.set(key, model.size);
          table.add(value, 0, value.length, model.size - 1);
        }
        for (const value of values) expect(table.find(value, 0, value.length)).toBe(model.get(value.join()));
      }),
      { numRuns: 50 },
    );
  });

  it('keeps its numbers while it grows, and reads only the range it is given', () => {
    const table = createByteTable();
    const texts = Array.from({ length: 5_000 }, (_, at) => Buffer.from(`--value ${at}--`));
    texts.forEach((text, at) => {
      table.add(text, 2, text.length - 2, at);
    });
    expect(texts.map((text) => table.find(text, 2, text.length - 2))).toEqual(texts.map((_, at) => at));
    expect(table.find(Buffer.from('--value 1--'), 0, 9)).toBe(-1);
  });
});
