import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testBatch, testSchema } from '../testing/batches.js';
import { encodeAll } from '../testing/encode.js';
import { footerRows, tailKeeper } from './footer.js';
import parquetFormat from './wasm/module.js';

const columns = [
  { name: 'a', type: { kind: 'int32' } as const, values: Array.from({ length: 1234 }, (_, row) => row) },
];
const file = (): Promise<Uint8Array> =>
  encodeAll(
    parquetFormat,
    { compression: 'snappy', rowGroupRows: 500, encodings: 'adaptive' },
    testSchema(columns),
    [testBatch(columns)],
  );

describe('footer', () => {
  it('reads num_rows from the end of a file', async () => {
    expect(footerRows(await file())).toBe(1234);
  });

  it('refuses a file that is cut, whose footer was not kept whole, or that is none', async () => {
    const bytes = await file();
    const footerLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 8, true);
    expect(footerRows(bytes.subarray(bytes.length - 8 - footerLength))).toBe(1234);
    expect(() => footerRows(bytes.subarray(0, bytes.length - 1))).toThrow(/does not end with a footer/);
    expect(() => footerRows(bytes.subarray(bytes.length - 7 - footerLength))).toThrow(
      /longer than what was kept/,
    );
    expect(() => footerRows(new Uint8Array(3))).toThrow(/does not end with a footer/);
  });

  it('keeps at least the last bytes asked for, in order, and not much more', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 })),
        fc.integer({ min: 1, max: 60 }),
        (pieces, limit) => {
          const keeper = tailKeeper(() => limit);
          for (const piece of pieces) keeper.push(piece);
          const all = Buffer.concat(pieces);
          const kept = Buffer.from(keeper.bytes());
          expect(kept.equals(all.subarray(all.length - kept.length))).toBe(true);
          expect(kept.length).toBeGreaterThanOrEqual(Math.min(limit, all.length));
          expect(kept.length).toBeLessThan(limit + 40);
        },
      ),
    );
  });
});
