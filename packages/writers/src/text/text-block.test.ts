import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockBytes, blockSize, leastBlockBytes, returnBlock, TextBlock, takeBlock } from './text-block.js';

const kibibyte = 1024;

describe('blocks of text', () => {
  it('take no more than what a file may hold back, and always have room for text and for a row', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 20 }), (share) => {
        const { bytes, fullAt, takesTurns } = blockSize(share);
        expect(takesTurns ? 2 * bytes : bytes).toBeLessThanOrEqual(Math.max(share, leastBlockBytes));
        expect(fullAt).toBeGreaterThanOrEqual(bytes / 2);
        expect(bytes - fullAt).toBeGreaterThanOrEqual(4 * kibibyte);
      }),
      { numRuns: 1000 },
    );
  });

  it('take turns where there is memory for two, and are whole wherever one fits', () => {
    expect(blockSize(2 ** 20)).toEqual({ bytes: 320 * kibibyte, fullAt: blockBytes, takesTurns: true });
    expect(blockSize(640 * kibibyte - 1)).toEqual({
      bytes: 320 * kibibyte,
      fullAt: blockBytes,
      takesTurns: false,
    });
    // The share of one of 64 partitions that may be open at once.
    expect(blockSize(272 * kibibyte)).toEqual({
      bytes: 272 * kibibyte,
      fullAt: blockBytes,
      takesTurns: false,
    });
    expect(blockSize(1)).toEqual({ bytes: leastBlockBytes, fullAt: 12 * kibibyte, takesTurns: false });
  });

  it('are used again by files that have blocks of the same size, and by no others', () => {
    const small = new TextBlock(blockSize(100 * kibibyte));
    small.restart(Uint8Array.of(1));
    returnBlock(small);
    expect(takeBlock(blockSize(90 * kibibyte))).not.toBe(small);
    expect(takeBlock(blockSize(100 * kibibyte))).toBe(small);
    expect(small.length).toBe(0);
    small.reserve(200 * kibibyte);
    returnBlock(small);
    expect(takeBlock(blockSize(100 * kibibyte))).not.toBe(small);
  });

  it('of new sizes take the places of old ones', () => {
    const old = Array.from({ length: 10 }, () => new TextBlock(blockSize(60 * kibibyte)));
    for (const block of old) returnBlock(block);
    const young = new TextBlock(blockSize(70 * kibibyte));
    returnBlock(young);
    expect(takeBlock(blockSize(70 * kibibyte))).toBe(young);
  });

  it('begin anew with a part of their own text', () => {
    const block = new TextBlock(blockSize(leastBlockBytes));
    block.restart(Uint8Array.of(1, 2, 3, 4, 5));
    block.restart(block.bytes.subarray(1, 5));
    expect([...block.bytes.subarray(0, block.length)]).toEqual([2, 3, 4, 5]);
  });
});
