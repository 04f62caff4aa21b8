import { describe, expect, it } from 'vitest';
import { eachOf } from './each-of.js';

describe('eachOf', () => {
  it('does everything once, never more at a time than there are lanes', async () => {
    let running = 0;
    let most = 0;
    const seen: number[] = [];
    await eachOf([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      seen.push(item);
      running -= 1;
    });
    expect(seen.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(most).toBe(3);
  });

  it('begins nothing after a failure, and throws it when what is under way has ended', async () => {
    const begun: number[] = [];
    let ended = 0;
    const work = eachOf([1, 2, 3, 4, 5], 2, async (item) => {
      begun.push(item);
      if (item === 1) throw new Error('first');
      await Promise.resolve();
      await Promise.resolve();
      ended += 1;
    });
    await expect(work).rejects.toThrow('first');
    expect([begun, ended]).toEqual([[1, 2], 1]);
  });
});
