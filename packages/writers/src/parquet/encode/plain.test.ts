import fc from 'fast-check';
import { readPlain } from 'hyparquet/src/plain.js';
import { describe, expect, test } from 'vitest';
import { ByteBuffer } from './byte-buffer.js';
import { appendPlainBits, appendPlainStrings } from './plain.js';

const readerOf = (bytes: Uint8Array) => ({
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
  offset: 0,
});

describe('PLAIN', () => {
  test('hyparquet reads back strings, short, long and empty', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { minLength: 1 }), (strings) => {
        const offsets = new Int32Array(strings.length + 1);
        strings.forEach((string, i) => {
          offsets[i + 1] = (offsets[i] ?? 0) + string.length;
        });
        const out = new ByteBuffer(1);
        appendPlainStrings(out, offsets, Uint8Array.from(Buffer.concat(strings)), 1, strings.length - 1);
        const reader = readerOf(out.written());
        expect(readPlain(reader, 'BYTE_ARRAY', strings.length - 1, undefined)).toEqual(strings.slice(1));
        expect(reader.offset).toBe(out.length);
      }),
    );
  });

  test('hyparquet reads back booleans from any bit on, with zeros behind the last', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 50 }), fc.nat(), fc.nat(), (bits, a, b) => {
        const from = a % (bits.length * 8);
        const count = b % (bits.length * 8 - from + 1);
        const out = new ByteBuffer(1);
        appendPlainBits(out, bits, from, count);
        const expected = Array.from({ length: count }, (_, i) => {
          const at = from + i;
          return (((bits[at >> 3] ?? 0) >> (at & 7)) & 1) === 1;
        });
        expect([...readPlain(readerOf(out.written()), 'BOOLEAN', count, undefined)]).toEqual(expected);
        if ((count & 7) !== 0) expect((out.written().at(-1) ?? 0) >> (count & 7)).toBe(0);
      }),
    );
  });
});
