// Whoever lets go of a target has made its last call there: the next run may begin at that moment.
import { join } from 'node:path';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Call, type Fault, mortalLeases, recordedFileSystem } from './fault-injection.js';
import type { Leases } from './lease.js';
import {
  type Begun,
  begin,
  commit,
  inMemory,
  inScratch,
  type OutputPlan,
  options,
  publish,
  signal,
  stageFiles,
  storeOver,
} from './store-bench.js';

let scratch = '';
inScratch((made) => {
  scratch = made;
}, inMemory);

type Plan = Omit<OutputPlan, 'path' | 'runId'>;

interface Calls {
  /** Of the run, from its begin to its end. */
  readonly made: number;
  /** How many it had made when it let go of its target. */
  readonly madeBefore: number;
  readonly isFailed: boolean;
}

/** A whole output whose call of this number fails, and which is then given up. */
async function runWith(before: Plan | undefined, plan: Plan, failAt: number): Promise<Calls> {
  const path = join(scratch, `at-${failAt}/new/out`);
  if (before !== undefined) await publish(storeOver(), { ...before, path, runId: 'before' });
  let made = 0;
  let madeBefore = -1;
  const fault = (): Fault => {
    made += 1;
    return made === failAt ? { errno: 'EIO' } : undefined;
  };
  let underWay = 0;
  const around = async <T>(_call: Call, make: () => Promise<T>): Promise<T> => {
    underWay += 1;
    try {
      return await make();
    } finally {
      underWay -= 1;
    }
  };
  const leases = mortalLeases();
  const watched: Leases = {
    take: async (at) => {
      const lease = await leases.take(at);
      return (
        lease && {
          release: async () => {
            madeBefore = made;
            await lease.release();
          },
        }
      );
    },
  };
  const store = storeOver(recordedFileSystem({ fault, around }).fs, watched);
  let begun: Begun | undefined;
  try {
    begun = await begin(store, { ...plan, path, runId: 'run' });
    await commit(store, { ...begun, manifest: await stageFiles(store, begun, plan.contents) });
  } catch {
    if (begun !== undefined) await store.abort({ options, signal, ...begun }).catch(() => undefined);
  }
  // Nobody waits for a call that comes late: it gets its chance to be made. Between two of the store lies no turn.
  for (let turn = 0; turn < 20 || underWay > 0; turn += 1) await turnOfTheLoop();
  return { made, madeBefore, isFailed: made >= failAt };
}

describe.each<readonly [string, Plan | undefined, Plan]>([
  ['a new directory', undefined, { contents: { part: 'new\n' } }],
  [
    'a directory that is replaced',
    { contents: { part: 'old\n' } },
    { mode: 'overwrite', contents: { part: 'new\n' } },
  ],
  ['a first generation', undefined, { publish: 'generations', contents: { part: 'new\n' } }],
])('an output of %s', (_, before, plan) => {
  it('makes no call any more once it has let go of its target, whichever of its calls fails', async () => {
    let isFailed = true;
    let failAt = 1;
    for (; isFailed; failAt += 1) {
      const calls = await runWith(before, plan, failAt);
      isFailed = calls.isFailed;
      // Before it has the lease, it lets go of nothing.
      if (calls.madeBefore >= 0) expect(calls.madeBefore, `EIO at call ${failAt}`).toBe(calls.made);
    }
    expect(failAt).toBeGreaterThan(50);
  }, 60_000);
});
