import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBudget } from './create-budget.js';
import { createSlabs, slabBytes } from './create-slabs.js';
import type { Slab } from './slabs.js';

const kib = 1024;

describe('slabBytes', () => {
  it('is a power of two up to 16 KiB, then one of four sizes to each doubling', () => {
    expect([0, 1, 4096, 4097, 8193, 16_384].map(slabBytes)).toEqual([4096, 4096, 4096, 8192, 16_384, 16_384]);
    expect([16_385, 20_481, 524_289, 2 ** 31, 2 ** 31 + 1].map(slabBytes)).toEqual([
      20_480,
      24_576,
      524_288 * 1.25,
      2 ** 31,
      2 ** 31 * 1.25,
    ]);
  });

  it('holds what was asked for, wastes at most a quarter of it, and is its own size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 16_385, max: 2 ** 40 }), (bytes) => {
        const size = slabBytes(bytes);
        expect(size).toBeGreaterThanOrEqual(bytes);
        expect(size).toBeLessThanOrEqual(bytes * 1.25 + 1);
        expect(slabBytes(size)).toBe(size);
      }),
    );
  });
});

describe('createSlabs', () => {
  it('charges a slab as builder until it is assigned, and gives its bytes back when freed', () => {
    const budget = createBudget({ limitBytes: 64 * kib });
    const slab = createSlabs(budget).acquire(5_000);
    expect([slab.bytes, slab.buffer.byteLength, budget.used('builder')]).toEqual([8192, 8192, 8192]);
    slab.reservation.assign('batch');
    expect(budget.used('batch')).toBe(8192);
    slab.free(false);
    slab.free(true);
    expect(budget.usedBytes).toBe(0);
  });

  it('uses memory again only when it was told that nobody sees it', () => {
    const slabs = createSlabs(createBudget({ limitBytes: 64 * kib }));
    const seen = slabs.acquire(4096);
    seen.free(false);
    const unseen = slabs.acquire(4096);
    expect(unseen.buffer).not.toBe(seen.buffer);
    unseen.free(true);
    expect(slabs.idleBytes).toBe(4096);
    expect(slabs.acquire(4096).buffer).toBe(unseen.buffer);
    expect(slabs.idleBytes).toBe(0);
  });

  it('lets idle memory go when an encoder needs the room', () => {
    const budget = createBudget({ limitBytes: 64 * kib });
    const slabs = createSlabs(budget);
    slabs.acquire(32 * kib).free(true);
    expect(slabs.idleBytes).toBe(32 * kib);
    budget.reserve(60 * kib, 'encoder');
    expect(slabs.idleBytes).toBe(0);
  });

  it('holds no more than the limit in use and idle together, unless use alone is more', () => {
    const limitBytes = 64 * kib;
    const step = fc.oneof(
      fc.record({ bytes: fc.integer({ min: 1, max: 40 * kib }) }),
      fc.record({ free: fc.nat(), recycle: fc.boolean() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const budget = createBudget({ limitBytes });
        const slabs = createSlabs(budget);
        const live: Slab[] = [];
        for (const action of steps) {
          if ('bytes' in action) {
            const slab = slabs.acquire(action.bytes);
            expect(live.every((other) => other.buffer !== slab.buffer)).toBe(true);
            live.push(slab);
          } else {
            const [slab] = live.splice(action.free % Math.max(1, live.length), 1);
            slab?.free(action.recycle);
          }
          const used = live.reduce((sum, slab) => sum + slab.bytes, 0);
          expect(budget.usedBytes).toBe(used);
          expect(slabs.idleBytes).toBeLessThanOrEqual(Math.max(0, limitBytes - used));
        }
      }),
    );
  });
});
