import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compactBits, compactStrings, compactWords, releaseStrings } from './dense.js';

function bitsOf(flags: readonly boolean[]): Uint8Array {
  const bits = new Uint8Array((flags.length + 7) >> 3);
  flags.forEach((flag, row) => {
    if (flag) bits[row >> 3] = (bits[row >> 3] ?? 0) | (1 << (row & 7));
  });
  return bits;
}

/** Rows with a flag each that says whether they are valid, and the row to begin with. */
const rowsOf = <T>(value: fc.Arbitrary<T>) =>
  fc
    .array(fc.record({ value, valid: fc.boolean() }), { maxLength: 200 })
    .chain((rows) => fc.record({ rows: fc.constant(rows), from: fc.integer({ min: 0, max: rows.length }) }));

describe('values without nulls', () => {
  test('words of one and of two keep their order', () => {
    fc.assert(
      fc.property(rowsOf(fc.integer()), fc.constantFrom(1 as const, 2 as const), ({ rows, from }, width) => {
        const words = Int32Array.from(rows.flatMap(({ value }) => (width === 1 ? [value] : [value, ~value])));
        const into = new Int32Array((rows.length - from) * width);
        const validity = bitsOf(rows.map(({ valid }) => valid));
        const count = compactWords(words, width, validity, from, rows.length - from, into);
        const kept = rows.slice(from).filter(({ valid }) => valid);
        expect(count).toBe(kept.length);
        expect([...into.subarray(0, count * width)]).toEqual(
          kept.flatMap(({ value }) => (width === 1 ? [value] : [value, ~value])),
        );
      }),
    );
  });

  test('bits keep their order', () => {
    fc.assert(
      fc.property(rowsOf(fc.boolean()), ({ rows, from }) => {
        const into = new Uint8Array(40).fill(255);
        const count = compactBits(
          bitsOf(rows.map(({ value }) => value)),
          bitsOf(rows.map(({ valid }) => valid)),
          from,
          rows.length - from,
          into,
        );
        const kept = rows.slice(from).filter(({ valid }) => valid);
        expect(count).toBe(kept.length);
        const bits = bitsOf(kept.map(({ value }) => value));
        expect([...into.subarray(0, bits.length)]).toEqual([...bits]);
      }),
    );
  });

  test.each([false, true])('strings keep their order, with something under their nulls: %s', (dirty) => {
    fc.assert(
      fc.property(rowsOf(fc.string()), ({ rows, from }) => {
        const strings = rows.map(({ value, valid }) => (valid || dirty ? value : ''));
        const bytes = Uint8Array.from(Buffer.from(strings.join('')));
        const offsets = new Int32Array(rows.length + 1);
        strings.forEach((string, i) => {
          offsets[i + 1] = (offsets[i] ?? 0) + Buffer.byteLength(string);
        });
        const dense = compactStrings(
          offsets,
          bytes,
          bitsOf(rows.map(({ valid }) => valid)),
          from,
          rows.length - from,
        );
        const kept = rows.slice(from).filter(({ valid }) => valid);
        const read = Array.from({ length: dense.count }, (_, i) =>
          Buffer.from(dense.bytes.subarray(dense.offsets[i], dense.offsets[i + 1])).toString(),
        );
        expect(read).toEqual(kept.map(({ value }) => Buffer.from(value).toString()));
      }),
    );
  });

  test('memory of a huge page goes when the page is made', () => {
    const under = (length: number) =>
      compactStrings(
        Int32Array.of(0, length, length + 1),
        new Uint8Array(length + 1),
        Uint8Array.of(2),
        0,
        2,
      );
    const huge = 5 * 1024 * 1024;
    expect(under(huge).bytes.length).toBeGreaterThan(huge);
    releaseStrings();
    expect(under(1).bytes).toHaveLength(2);
  });
});
