import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlainError } from '../errors/plain-error.js';
import { decidePause, type Pause } from './disk-full.js';

const failedWith = (errno: string | undefined): PlainError => ({
  code: 'STORE_FAILED',
  status: 'temporary',
  operation: 'write to',
  message: 'Could not write.',
  context: { errno },
  causes: [],
});
const waiting = { onDiskFull: 'wait', diskFullTimeoutMs: 0 } as const;

describe('a full disk', () => {
  it('is waited for only when that was asked for, and no other error is', () => {
    expect(
      decidePause({ ...waiting, onDiskFull: 'fail' }, failedWith('ENOSPC'), undefined, 0),
    ).toBeUndefined();
    expect(decidePause(waiting, failedWith('EIO'), undefined, 0)).toBeUndefined();
    expect(decidePause(waiting, failedWith(undefined), undefined, 0)).toBeUndefined();
    for (const errno of ['ENOSPC', 'EDQUOT']) {
      expect(decidePause(waiting, failedWith(errno), undefined, 7)).toEqual({
        wait: true,
        pause: { since: 7, tries: 1 },
        delayMs: 250,
      });
    }
  });

  it('is looked at less and less often, down to every ten seconds', () => {
    const delays: number[] = [];
    let pause: Pause | undefined;
    for (let now = 0; delays.length < 8; ) {
      const decision = decidePause(waiting, failedWith('ENOSPC'), pause, now);
      if (decision?.wait !== true) throw new Error('It does not wait.');
      pause = decision.pause;
      delays.push(decision.delayMs);
      now += decision.delayMs;
    }
    expect(delays).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  });

  it('is given up exactly at the limit, with an error that says so', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), fc.nat(50), (limitMs, tryMs) => {
        const settings = { ...waiting, diskFullTimeoutMs: limitMs };
        let pause: Pause | undefined;
        let now = 1_000;
        for (;;) {
          const decision = decidePause(settings, failedWith('ENOSPC'), pause, now);
          if (decision === undefined) throw new Error('No decision.');
          if (!decision.wait) {
            expect(now - 1_000).toBeGreaterThanOrEqual(limitMs);
            expect(now - 1_000).toBeLessThanOrEqual(limitMs + tryMs);
            expect(decision.error.message).toMatch(/^Could not write\. No room has appeared for \d+ ms/);
            expect(decision.error).toMatchObject({ code: 'STORE_FAILED', context: { errno: 'ENOSPC' } });
            return;
          }
          pause = decision.pause;
          now += decision.delayMs + tryMs;
        }
      }),
    );
  });
});
