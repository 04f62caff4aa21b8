import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyBytes, copyPlain, hasByteBelow, hasOneOf, suspects, utf8Source } from './strings.js';
import { overrun, textTarget } from './text-target.js';

const control = 32;
const quote = 34;
const backslash = 92;
const care = suspects(control, quote, backslash);
const isSuspect = (byte: number): boolean => byte < control || byte === quote || byte === backslash;

/** Bytes of which most are harmless. */
const byte = fc.oneof(
  { weight: 40, arbitrary: fc.integer({ min: 32, max: 255 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 9, 10, 31, 34, 92) },
);
const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> =>
  fc.array(byte, { maxLength, size: 'max' }).map((all) => Uint8Array.from(all));

function copied(all: Uint8Array, from: number, to: number, at = 3): Uint8Array | undefined {
  const out = textTarget(at + (to - from) + overrun);
  const end = copyPlain(out, at, utf8Source(all), from, to, care);
  return end < 0 ? undefined : out.bytes.slice(at, end);
}

describe('copying strings', () => {
  it('copies what holds no suspect, and refuses what does, wherever it lies in the source', () => {
    fc.assert(
      fc.property(bytes(20), bytes(40), bytes(20), (before, text, after) => {
        const all = Buffer.concat([before, text, after]);
        const result = copied(all, before.length, before.length + text.length);
        if (text.some(isSuspect)) expect(result).toBeUndefined();
        else expect(result).toEqual(Uint8Array.from(text));
      }),
      { numRuns: 5000 },
    );
  });

  it('finds every suspect at every place of strings of every short length', () => {
    for (let length = 1; length <= 12; length++) {
      for (let place = 0; place < length; place++) {
        for (let value = 0; value < 256; value++) {
          const text = new Uint8Array(length).fill(120);
          text[place] = value;
          expect(copied(text, 0, length) === undefined).toBe(isSuspect(value));
        }
      }
    }
  });

  it('does not mind suspects next to the string, nor the end of the source', () => {
    const all = Uint8Array.from([quote, 65, 66, 67, quote]);
    expect(copied(all, 1, 4)).toEqual(Uint8Array.from([65, 66, 67]));
    expect(copied(Uint8Array.from([65, 66, 67]), 1, 3)).toEqual(Uint8Array.from([66, 67]));
    expect(copied(all, 2, 2)).toEqual(new Uint8Array(0));
  });

  it('copies long strings whole, and finds a suspect at their end', () => {
    const text = new Uint8Array(5000).map((_, index) => 97 + (index % 26));
    expect(copied(text, 1, 4999)).toEqual(text.slice(1, 4999));
    text[4998] = backslash;
    expect(copied(text, 1, 4999)).toBeUndefined();
    expect(copied(text, 1, 4998)).toEqual(text.slice(1, 4998));
  });

  it('copies any bytes when nothing is looked for', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), fc.nat(2000), fc.nat(2000), (all, a, b) => {
        const from = Math.min(a, b, all.length);
        const to = Math.min(Math.max(a, b), all.length);
        const out = textTarget(5 + (to - from) + overrun);
        const end = copyBytes(out, 5, utf8Source(all), from, to);
        expect(out.bytes.slice(5, end)).toEqual(all.slice(from, to));
      }),
      { numRuns: 2000 },
    );
  });

  it('tells whether a column holds a control character or one of some others', () => {
    fc.assert(
      fc.property(bytes(40), fc.nat(5), (all, from) => {
        // A view that does not begin on a word.
        const source = utf8Source(all.subarray(Math.min(from, all.length)));
        expect(hasByteBelow(control, source)).toBe(source.bytes.some((value) => value < control));
        expect(hasOneOf([quote, backslash], source)).toBe(
          source.bytes.some((value) => value === quote || value === backslash),
        );
      }),
      { numRuns: 2000 },
    );
    expect(hasOneOf([quote], utf8Source(new Uint8Array(new SharedArrayBuffer(8)).fill(quote)))).toBe(true);
  });
});
