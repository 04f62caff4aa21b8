import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringDictionary } from './string-dictionary.js';
import { wordDictionary } from './word-dictionary.js';

describe('wordDictionary', () => {
  const words = (values: readonly bigint[]): Int32Array => new Int32Array(BigInt64Array.from(values).buffer);
  const values = fc.array(
    fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: 0n, max: 50n })),
    { maxLength: 3000, size: 'max' },
  );

  test('codes number the values in the order in which they first came, over several pages', () => {
    fc.assert(
      fc.property(fc.array(values, { maxLength: 4 }), (pages) => {
        const dictionary = wordDictionary({ width: 2, maxEntries: 100_000 });
        const known = new Map<bigint, number>();
        for (const page of pages) {
          const codes = new Int32Array(page.length);
          expect(dictionary.codes(words(page), page.length, codes)).toBe(true);
          for (const value of page) if (!known.has(value)) known.set(value, known.size);
          expect([...codes]).toEqual(page.map((value) => known.get(value)));
        }
        expect(dictionary.size).toBe(known.size);
        expect([...dictionary.words()]).toEqual([...words([...known.keys()])]);
      }),
      { numRuns: 30 },
    );
  });

  test('32-bit integers, doubles of every kind and NaN are told apart by their bits', () => {
    const ints = wordDictionary({ width: 1, maxEntries: 10 });
    const codes = new Int32Array(5);
    ints.codes(Int32Array.of(-1, 0, -1, 0x7fffffff, 0), 5, codes);
    expect([...codes]).toEqual([0, 1, 0, 2, 1]);
    const doubles = wordDictionary({ width: 2, maxEntries: 10 });
    doubles.codes(new Int32Array(Float64Array.of(0, -0, Number.NaN, 0, Number.NaN).buffer), 5, codes);
    expect([...codes]).toEqual([0, 1, 2, 0, 2]);
  });

  test('a page that would make it too large leaves it as it was, and it begins anew after clear', () => {
    const dictionary = wordDictionary({ width: 1, maxEntries: 2000 });
    const page = Int32Array.from({ length: 1500 }, (_, i) => i * 3);
    const codes = new Int32Array(1500);
    expect(dictionary.codes(page, 1500, codes)).toBe(true);
    expect(
      dictionary.codes(
        page.map((value) => value + 1),
        1500,
        codes,
      ),
    ).toBe(false);
    expect(dictionary.size).toBe(1500);
    expect([...dictionary.words()]).toEqual([...page]);
    expect(dictionary.codes(page, 1, codes)).toBe(false);
    dictionary.clear();
    expect(
      dictionary.codes(
        page.map((value) => value + 1),
        1500,
        codes,
      ),
    ).toBe(true);
    expect(codes[1499]).toBe(1499);
  });

  test('memory is kept for the next row group, but not what a page grew that was not taken', () => {
    const dictionary = wordDictionary({ width: 1, maxEntries: 60_000 });
    const page = Int32Array.from({ length: 70_000 }, (_, i) => i);
    const codes = new Int32Array(page.length);
    dictionary.codes(page, 20_000, codes);
    const { buffer } = dictionary.words();
    dictionary.clear();
    expect(dictionary.words().buffer).toBe(buffer);
    dictionary.codes(page, 10, codes);
    expect(dictionary.codes(page, page.length, codes)).toBe(false);
    dictionary.clear();
    expect(dictionary.words().buffer.byteLength).toBeLessThan(5000);
    expect(dictionary.codes(page, 5000, codes)).toBe(true);
    expect([...dictionary.words()]).toEqual([...page.subarray(0, 5000)]);
  });
});

describe('stringDictionary', () => {
  function layOut(strings: readonly string[]): { offsets: Int32Array; bytes: Uint8Array } {
    const bytes = strings.map((string) => Buffer.from(string));
    const offsets = new Int32Array(strings.length + 1);
    bytes.forEach((one, i) => {
      offsets[i + 1] = (offsets[i] ?? 0) + one.length;
    });
    return { offsets, bytes: Uint8Array.from(Buffer.concat(bytes)) };
  }
  const plain = (strings: readonly string[]): Buffer =>
    Buffer.concat(
      strings.map((string) => {
        const length = Buffer.alloc(4);
        length.writeInt32LE(Buffer.byteLength(string));
        return Buffer.concat([length, Buffer.from(string)]);
      }),
    );
  const strings = fc.array(
    fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 9 }),
      fc.constantFrom('', 'a', '\0', '\0\0', 'aaaaaaaa', 'aaaaaaab'),
    ),
    { maxLength: 2000, size: 'max' },
  );

  test('codes number the strings in the order in which they first came, over several pages', () => {
    fc.assert(
      fc.property(fc.array(strings, { maxLength: 3 }), (pages) => {
        const dictionary = stringDictionary({ maxEntries: 100_000, maxBytes: 1 << 24 });
        const known = new Map<string, number>();
        for (const page of pages) {
          const { offsets, bytes } = layOut(['x', ...page]);
          const codes = new Int32Array(page.length);
          expect(dictionary.codes(offsets, bytes, 1, page.length, codes)).toBe(true);
          for (const value of page) if (!known.has(value)) known.set(value, known.size);
          expect([...codes]).toEqual(page.map((value) => known.get(value)));
        }
        expect(dictionary.size).toBe(known.size);
        expect(Buffer.compare(dictionary.plain(), plain([...known.keys()]))).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  test('a page that would make it too large, in entries or in bytes, leaves it as it was', () => {
    const first = ['one', 'two', ''];
    const second = ['one', 'three', 'four'];
    for (const limits of [
      { maxEntries: 4, maxBytes: 1000 },
      { maxEntries: 100, maxBytes: 18 + 9 },
    ]) {
      const dictionary = stringDictionary(limits);
      const codes = new Int32Array(3);
      const a = layOut(first);
      expect(dictionary.codes(a.offsets, a.bytes, 0, 3, codes)).toBe(true);
      const b = layOut(second);
      expect(dictionary.codes(b.offsets, b.bytes, 0, 3, codes)).toBe(false);
      expect(dictionary.size).toBe(3);
      expect(Buffer.compare(dictionary.plain(), plain(first))).toBe(0);
      expect(dictionary.codes(a.offsets, a.bytes, 0, 1, codes)).toBe(false);
      dictionary.clear();
      expect(dictionary.codes(b.offsets, b.bytes, 0, 3, codes)).toBe(true);
      expect(Buffer.compare(dictionary.plain(), plain(second))).toBe(0);
      expect(dictionary.plain()[dictionary.start(2)]).toBe('f'.charCodeAt(0));
    }
  });

  test('memory is kept for the next row group, but not what a page grew that was not taken', () => {
    const dictionary = stringDictionary({ maxEntries: 20_000, maxBytes: 1 << 20 });
    const page = Array.from({ length: 30_000 }, (_, i) => `text ${i}`);
    const { offsets, bytes } = layOut(page);
    const codes = new Int32Array(page.length);
    dictionary.codes(offsets, bytes, 0, 10_000, codes);
    const { buffer } = dictionary.plain();
    dictionary.clear();
    expect(dictionary.plain().buffer).toBe(buffer);
    dictionary.codes(offsets, bytes, 0, 10, codes);
    expect(dictionary.codes(offsets, bytes, 0, page.length, codes)).toBe(false);
    dictionary.clear();
    expect(dictionary.plain().buffer.byteLength).toBeLessThan(5000);
    expect(dictionary.codes(offsets, bytes, 0, 5000, codes)).toBe(true);
    expect(Buffer.compare(dictionary.plain(), plain(page.slice(0, 5000)))).toBe(0);
  });
});
