import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringsDecoder } from './strings.js';

function encoded(texts: readonly string[]): { values: Uint8Array; offsets: Int32Array } {
  const parts = texts.map((text) => Buffer.from(text));
  const offsets = new Int32Array(texts.length + 1);
  parts.forEach((part, index) => {
    offsets[index + 1] = (offsets[index] ?? 0) + part.length;
  });
  return { values: new Uint8Array(Buffer.concat(parts)), offsets };
}

describe('strings decoder', () => {
  it('gives back every text, over many batches with one decoder', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 50 }),
      fc.constantFrom('', 'LAX', 'SFO', 'é', '日本', '\u0000'),
    );
    const decode = stringsDecoder();
    fc.assert(
      fc.property(fc.array(text, { maxLength: 60 }), fc.nat(20), (texts, from) => {
        const { values, offsets } = encoded(texts);
        const out: unknown[] = [];
        const start = Math.min(from, texts.length);
        decode(values, offsets, start, texts.length, out);
        expect(out).toEqual(texts.slice(start));
      }),
    );
  });

  it('goes on correctly after it has given its cache up for texts that never repeat', () => {
    const texts = Array.from({ length: 20_000 }, (_, index) => `agent-${index}`);
    const { values, offsets } = encoded(texts);
    const decode = stringsDecoder();
    const out: unknown[] = [];
    decode(values, offsets, 0, texts.length, out);
    decode(values, offsets, 0, texts.length, out);
    expect(out).toEqual(texts);
  });
});
