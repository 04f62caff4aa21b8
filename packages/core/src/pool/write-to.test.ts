import { range } from 'rxjs';
import { map, take, tap } from 'rxjs/operators';
import { describe, expect, it } from 'vitest';
import { createTestMemory } from '../materialise/test-rig.js';
import { toBatches } from '../materialise/to-batches.js';
import type { Sink } from '../sink/sink.js';
import type { Pool } from './contract.js';
import { writeTo } from './write-to.js';

/** What was done to the one output that is opened. */
function recordingPool(): { pool: Pool; calls: string[] } {
  const calls: string[] = [];
  const feed = {
    schema: () => undefined,
    push: () => calls.push('push'),
    complete: () => calls.push('complete'),
    fail: () => calls.push('fail'),
  };
  const handle = { name: 'rows', done: new Promise(() => undefined), cancel: () => calls.push('cancel') };
  // writeTo uses nothing else of a pool.
  return { pool: { open: () => ({ feed, handle }) } as unknown as Pool, calls };
}
// The recording pool does not look at it.
const sink = {} as Sink<{ n: number }>;

describe('writeTo', () => {
  it('stops its source and cancels its output once when its reader leaves within subscribe', () => {
    const { pool, calls } = recordingPool();
    const memory = createTestMemory();
    let made = 0;
    range(0, 10_000)
      .pipe(
        tap(() => (made += 1)),
        map((n) => ({ n })),
        toBatches({ memory, batchRows: 8, sampleRows: 8 }),
        writeTo(pool, sink),
        take(1),
      )
      .subscribe();
    expect([made, calls, memory.budget.usedBytes]).toEqual([8, ['push', 'cancel'], 0]);
  });
});
