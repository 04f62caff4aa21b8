import { describe, expect, it } from 'vitest';
import { plain, settle, startOutput, storeError } from './output-fixtures.js';

describe('an output that ends before it is done', () => {
  it('removes nothing while one of its writes is still running', async () => {
    let stopped: () => void = () => {};
    const { output, open, calls, value } = startOutput(
      {},
      {
        abortAttempt: () =>
          new Promise((resolve) => {
            stopped = resolve;
          }),
      },
    );
    await settle();
    open('routes/0');
    await settle();
    output.send({ type: 'output.cancel', error: plain('enough') });
    await settle();
    expect(value()).toEqual({ aborting: 'stopping' });
    expect(calls).not.toContain('abort');
    stopped();
    await settle();
    await settle();
    expect(value()).toBe('cancelled');
    expect(calls).toContain('abort');
  });

  it('is cancelled, with the reason for that, when what was staged cannot be removed', async () => {
    const { output, value } = startOutput({ abort: () => Promise.reject(storeError('permanent', 'busy')) });
    await settle();
    output.send({ type: 'output.cancel', error: plain('enough') });
    await settle();
    expect(value()).toBe('cancelled');
    expect(output.getSnapshot().context.error?.message).toBe('enough');
  });

  it('has failed when it did, and what was staged cannot be removed either', async () => {
    const { output, value } = startOutput({ abort: () => Promise.reject(storeError('permanent', 'busy')) });
    await settle();
    output.send({ type: 'output.failed', error: plain('a stage failed') });
    await settle();
    expect(value()).toBe('failed');
    expect(output.getSnapshot().context.error?.message).toBe('a stage failed');
  });

  it('looks what its commit did before it says cancelled, even when nothing could be removed', async () => {
    const never = new Promise<never>(() => {});
    let looks = 0;
    const { output, value, clock } = startOutput({
      commit: () => never,
      abort: () => Promise.reject(storeError('permanent', 'busy')),
      verify: () => {
        looks += 1;
        return looks === 1 ? never : Promise.resolve({ rows: 7, bytes: 0, files: 0 });
      },
    });
    await settle();
    output.send({ type: 'output.ended' });
    await settle();
    output.send({ type: 'output.cancel', error: plain('enough') });
    clock.increment(500);
    clock.increment(500);
    await settle();
    await settle();
    expect(value()).toBe('done');
    expect(output.getSnapshot().context).toMatchObject({ committed: { rows: 7 }, error: undefined });
  });

  it('does not wait for the others of its group when it was cancelled while it was made ready', async () => {
    let ready: () => void = () => {};
    const { output, value, calls } = startOutput(
      {
        settle: () =>
          new Promise((resolve) => {
            ready = resolve;
          }),
      },
      {},
      'daily',
    );
    await settle();
    output.send({ type: 'output.ended' });
    await settle();
    output.send({ type: 'output.cancel', error: plain('enough') });
    ready();
    await settle();
    await settle();
    expect(value()).toBe('cancelled');
    expect(calls).toEqual(['interrupt', 'leave group: enough', 'abort']);
  });
});

describe('an output that is told about a write after its end', () => {
  it('goes on as if nothing had been said', async () => {
    const { output, open, attempts, value } = startOutput();
    await settle();
    open('routes/0');
    await settle();
    attempts[0]?.resolve();
    await settle();
    output.send({ type: 'write.wasSealed', writeId: 'routes/0' });
    output.send({ type: 'write.moved', writeId: 'routes/0', outstanding: 1 });
    expect(output.getSnapshot().status).toBe('active');
    output.send({ type: 'output.ended' });
    await settle();
    expect(value()).toBe('done');
  });
});
