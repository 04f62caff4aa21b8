// Owns the pool of shared memory: slabs of a few sizes charged to a budget, and free lists that never outgrow it.
import type { Budget } from './budget.js';
import type { Slab, Slabs } from './slabs.js';

const minimumBytes = 4096;

/** Below this, sizes are powers of two. */
const finerFrom = 16_384;

/**
 * The size of the slab that holds `bytes`: few sizes, so that slabs find users again, and no more than a quarter above
 * what was asked for. At least 4 KiB, then powers of two up to 16 KiB, then four sizes to each doubling.
 */
export function slabBytes(bytes: number): number {
  if (bytes <= minimumBytes) return minimumBytes;
  // The power of two below; from 2^31 on the bit trick overflows, and a logarithm of what is rare is exact enough.
  const below = bytes <= 2 ** 31 ? 2 ** (31 - Math.clz32(bytes - 1)) : 2 ** Math.floor(Math.log2(bytes - 1));
  if (bytes <= finerFrom) return below * 2;
  const step = below / 4;
  return Math.ceil(bytes / step) * step;
}

/**
 * Makes a pool whose slabs are charged to `budget` as `builder` until they are assigned to something else. After every
 * `acquire` and `free`, what is in use plus what lies idle is at most the budget's limit (unless use alone is more).
 */
export function createSlabs(budget: Budget): Slabs {
  const idle = new Map<number, SharedArrayBuffer[]>();
  let idleBytes = 0;

  const trim = (): void => {
    let excess = budget.usedBytes + idleBytes - budget.limitBytes;
    if (excess <= 0) return;
    // The largest first: they free most for one new allocation later.
    const sizes = [...idle.keys()].sort((a, b) => b - a);
    for (const size of sizes) {
      const buffers = idle.get(size) ?? [];
      while (excess > 0 && buffers.pop() !== undefined) {
        idleBytes -= size;
        excess -= size;
      }
      if (buffers.length === 0) idle.delete(size);
    }
  };
  // Encoders and uploads are charged without passing here; saturation is the moment at which idle memory is in the way.
  budget.onChange(trim);

  return {
    budget,
    get idleBytes() {
      return idleBytes;
    },
    acquire(bytes): Slab {
      const size = slabBytes(bytes);
      const recycled = idle.get(size)?.pop();
      if (recycled !== undefined) idleBytes -= size;
      const buffer = recycled ?? new SharedArrayBuffer(size);
      const reservation = budget.reserve(size, 'builder');
      trim();
      let freed = false;
      return {
        buffer,
        bytes: size,
        reservation,
        free(recycle) {
          if (freed) return;
          freed = true;
          if (recycle && budget.usedBytes + idleBytes <= budget.limitBytes) {
            const buffers = idle.get(size);
            if (buffers === undefined) idle.set(size, [buffer]);
            else buffers.push(buffer);
            idleBytes += size;
          }
          reservation.release();
          trim();
        },
      };
    },
  };
}
