import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import type { ByteSink } from '@tailrace/core/sink';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memorySink } from '../testing/encode.js';
import { type GzipSettings, gzipStage } from './gzip.js';

const settings = (level: number): GzipSettings => ({ level, shortMatches: true });

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
};

describe('gzip', () => {
  it('writes one gzip stream of everything, in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 5000 })),
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        async (pieces, level, shortMatches) => {
          const out = memorySink();
          const stage = gzipStage(out, { level, shortMatches });
          for (const piece of pieces) await stage.write(piece);
          await stage.finish();
          expect(gunzipSync(out.contents()).equals(Buffer.concat(pieces))).toBe(true);
          expect(stage.encodedBytes).toBe(out.bytesWritten);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('is done with the bytes when write settles: they may be used again', async () => {
    const out = memorySink();
    const stage = gzipStage(out, settings(6));
    const block = new Uint8Array(100_000);
    for (let value = 1; value <= 5; value++) {
      block.fill(value);
      await stage.write(block);
    }
    await stage.finish();
    const text = gunzipSync(out.contents());
    expect([1, 2, 3, 4, 5].map((value) => text.filter((byte) => byte === value).length)).toEqual(
      Array(5).fill(100_000),
    );
  });

  it('tells the same size after the same writes on every run', async () => {
    const blocks = Array.from({ length: 20 }, () => randomBytes(50_000));
    const sizes = async (): Promise<number[]> => {
      const stage = gzipStage(memorySink(), settings(1));
      const seen: number[] = [];
      for (const block of blocks) {
        await stage.write(block);
        seen.push(stage.encodedBytes);
      }
      await stage.finish();
      return seen;
    };
    const first = await sizes();
    expect(await sizes()).toEqual(first);
    expect(first.at(-1)).toBeGreaterThan(800_000);
  });

  it('makes write wait once a slow sink has a bounded amount before it', async () => {
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const out = memorySink();
    const slow: ByteSink = {
      bytesWritten: 0,
      write: async (bytes) => {
        await gate;
        await out.write(bytes);
      },
    };
    const stage = gzipStage(slow, settings(1));
    const block = randomBytes(100_000);
    let taken = 0;
    const writing = (async () => {
      for (let round = 0; round < 40; round++) {
        await stage.write(block);
        taken += block.length;
      }
      await stage.finish();
    })();
    // zlib works in threads of its own: let it, until nothing more has been taken for a good while.
    for (let before = -1; before !== taken && taken < 1_000_000; ) {
      before = taken;
      await turns(20_000);
    }
    expect(taken).toBeLessThan(1_000_000);
    open();
    await writing;
    expect(gunzipSync(out.contents())).toHaveLength(4_000_000);
  });

  it('throws the error of the sink in write or finish, and again afterwards', async () => {
    const full = new Error('ENOSPC: no space left on device');
    const stage = gzipStage({ bytesWritten: 0, write: () => Promise.reject(full) }, settings(6));
    const write = async (): Promise<void> => {
      for (let round = 0; round < 50; round++) await stage.write(randomBytes(50_000));
      await stage.finish();
    };
    await expect(write()).rejects.toBe(full);
    await expect(stage.write(new Uint8Array(1))).rejects.toBe(full);
    await expect(stage.finish()).rejects.toBe(full);
  });

  it('throws the error of a sink that fails only on the last bytes', async () => {
    const full = new Error('ENOSPC: no space left on device');
    const stage = gzipStage({ bytesWritten: 0, write: () => Promise.reject(full) }, settings(6));
    await stage.write(new Uint8Array(10));
    await expect(stage.finish()).rejects.toBe(full);
  });

  it('ends a write under way when it is aborted, even while the sink hangs', async () => {
    const stage = gzipStage({ bytesWritten: 0, write: () => new Promise(() => {}) }, settings(1));
    const write = async (): Promise<void> => {
      for (;;) await stage.write(randomBytes(100_000));
    };
    const rejected = expect(write()).rejects.toThrow(/closed while it was being written/);
    await turns(100);
    stage.abort();
    await rejected;
  });
});
