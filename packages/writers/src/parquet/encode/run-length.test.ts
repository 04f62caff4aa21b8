import fc from 'fast-check';
import { readRleBitPackedHybrid } from 'hyparquet/src/encoding.js';
import { describe, expect, test } from 'vitest';
import { ByteBuffer } from './byte-buffer.js';
import { appendDefinitionLevels, appendHybrid } from './run-length.js';

const readerOf = (bytes: Uint8Array) => ({
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
  offset: 0,
});

function read(bytes: Uint8Array, count: number, width: number, length?: number): number[] {
  const values = new Array<number>(count).fill(0);
  const reader = readerOf(bytes);
  if (width === 0 && length !== undefined) return values;
  readRleBitPackedHybrid(reader, width, values, length);
  expect(reader.offset).toBe(bytes.length);
  return values;
}

/** Values that repeat now and then, as a list of runs. */
const runsOf = (width: number) =>
  fc
    .array(
      fc.tuple(
        fc.integer({ min: 0, max: 2 ** width - 1 }),
        fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 100 })),
      ),
      { maxLength: 40 },
    )
    .map((runs) => runs.flatMap(([value, count]) => new Array<number>(count).fill(value)));

describe('hybrid runs', () => {
  test('hyparquet reads back values of every width', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 20 }).chain((width) => fc.tuple(fc.constant(width), runsOf(width))),
        ([width, values]) => {
          const out = new ByteBuffer(1);
          appendHybrid(out, Int32Array.from([5, ...values]), 1, values.length, width);
          expect(read(out.written(), values.length, width, out.length)).toEqual(values);
        },
      ),
    );
  });

  test('one value takes a few bytes however often it repeats', () => {
    const out = new ByteBuffer();
    appendHybrid(out, new Int32Array(65_536).fill(300), 0, 65_536, 9);
    expect(out.length).toBe(5);
  });

  test('what does not repeat takes its bits and one header', () => {
    const out = new ByteBuffer();
    appendHybrid(
      out,
      Int32Array.from({ length: 800 }, (_, i) => i & 7),
      0,
      800,
      3,
    );
    expect(out.length).toBe(302);
  });
});

describe('definition levels', () => {
  const validityAndRange = fc
    .array(fc.tuple(fc.boolean(), fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 200 }))), {
      maxLength: 30,
    })
    .map((runs) => runs.flatMap(([valid, count]) => new Array<boolean>(count).fill(valid)))
    .chain((valid) =>
      fc.record({ valid: fc.constant(valid), from: fc.integer({ min: 0, max: valid.length }) }),
    );

  test('hyparquet reads back any part of a bitmap', () => {
    fc.assert(
      fc.property(validityAndRange, ({ valid, from }) => {
        const bits = new Uint8Array((valid.length + 7) >> 3);
        valid.forEach((bit, row) => {
          if (bit) bits[row >> 3] = (bits[row >> 3] ?? 0) | (1 << (row & 7));
        });
        const out = new ByteBuffer(1);
        appendDefinitionLevels(out, bits, from, valid.length - from);
        expect(read(out.written(), valid.length - from, 1)).toEqual(valid.slice(from).map(Number));
      }),
    );
  });

  test('no nulls and nothing but nulls take a few bytes', () => {
    const out = new ByteBuffer();
    appendDefinitionLevels(out, null, 0, 65_536);
    expect(read(out.written(), 65_536, 1).every((level) => level === 1)).toBe(true);
    expect(out.length).toBe(8);
    out.clear();
    appendDefinitionLevels(out, new Uint8Array(8192), 0, 65_536);
    expect(read(out.written(), 65_536, 1).every((level) => level === 0)).toBe(true);
    expect(out.length).toBe(8);
  });
});
