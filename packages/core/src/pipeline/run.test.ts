import { describe, expect, it } from 'vitest';
import type { ActorRefFrom } from 'xstate';
import type { PoolEvent, PoolMachine } from '../pool/pool.machine.js';
import { fakeWorkers, settle, voidSink } from '../pool/pool-fixtures.js';
import { none } from '../retry/policies.js';
import type { RetryDecision, RetryPolicy } from '../retry/policy.js';
import { fromIterable } from '../source/from-iterable.js';
import { pipeline } from './pipeline.js';
import type { Run, RunOptions } from './run-contract.js';

function start(outputs: readonly string[], options: RunOptions = {}, retry: RetryPolicy = none()): Run {
  return pipeline('numbers', (flow) => {
    const rows = flow.source('rows', fromIterable([{ n: 1 }, { n: 2 }, { n: 3 }]));
    for (const name of outputs) flow.write(name, rows, voidSink(), { retry });
  }).run({ workers: 1, startThread: fakeWorkers().startThread, ...options });
}

describe('a run with failFast', () => {
  it('has failed, not been cancelled, when an output failed by itself; the others are cancelled', async () => {
    const workers = fakeWorkers();
    const run = start(['bad', 'other'], { failFast: true, startThread: workers.startThread });
    const report = await run.settled;
    expect(report.state).toBe('failed');
    expect(run.getSnapshot().value).toBe('failed');
    expect(report.outputs.find(({ name }) => name === 'bad')?.state).toBe('failed');
    await expect(run.completed).rejects.toThrow(/bad \(failed\)/);
  });

  it('is cancelled when it is aborted', async () => {
    const workers = fakeWorkers();
    workers.answer(false);
    const run = start(['one'], { failFast: true, startThread: workers.startThread });
    await settle();
    run.abort();
    expect((await run.settled).state).toBe('cancelled');
    expect(run.getSnapshot().value).toBe('cancelled');
  });
});

describe('a run whose retry policy gives no decision', () => {
  it('ends, and the other outputs are written', async () => {
    // As a program in JavaScript may.
    const run = start(['bad', 'good'], {}, () => undefined as unknown as RetryDecision);
    const report = await run.settled;
    expect(report.outputs.map(({ name, state }) => [name, state])).toEqual([
      ['bad', 'failed'],
      ['good', 'done'],
    ]);
    await expect(run.completed).rejects.toThrow(/The retry policy of output bad returned undefined/);
  });
});

describe('a run whose pool breaks down', () => {
  it('fails its outputs and ends', async () => {
    const workers = fakeWorkers();
    workers.answer(false);
    const run = start(['one', 'two'], { startThread: workers.startThread });
    await settle();
    // The run machine invokes the pool under this id, and nothing else.
    const pool = run.getSnapshot().children.pool as ActorRefFrom<PoolMachine>;
    // What no caller can send: it makes an action of the machine throw.
    pool.send({ type: 'output.submitted' } as PoolEvent);
    const report = await run.settled;
    expect(report.state).toBe('failed');
    expect(report.outputs.map(({ state, error }) => [state, error?.code])).toEqual([
      ['failed', 'POOL_BROKEN'],
      ['failed', 'POOL_BROKEN'],
    ]);
    expect([...workers.cancelled].sort()).toEqual([...workers.started].sort());
    expect(run.getSnapshot().value).toBe('failed');
    await expect(run.completed).rejects.toThrow(/The pool of pipeline 'numbers' broke down/);
  });
});
