import { describe, expect, it } from 'vitest';
import type { OutputEffects } from './output-effects.js';
import { plain, settle, startOutput, storeError } from './output-fixtures.js';

describe('an output of a group', () => {
  const grouped = async (effects: Partial<Omit<OutputEffects, 'writeMachine'>> = {}) => {
    const started = startOutput(effects, {}, 'nightly');
    await settle();
    started.output.send({ type: 'output.ended' });
    await settle();
    return started;
  };
  const cancel = { type: 'output.cancel', error: plain('not any more') } as const;
  const hanging = () => {
    let end: { resolve(): void; reject(error: unknown): void } | undefined;
    const call = () =>
      new Promise<void>((resolve, reject) => {
        end = { resolve, reject };
      });
    return { call, resolve: () => end?.resolve(), reject: (error: unknown) => end?.reject(error) };
  };

  it('is prepared, waits for the others, and is published when the group is decided', async () => {
    const gather = hanging();
    const { calls, value } = await grouped({ gather: gather.call });
    expect(value()).toEqual({ active: { committing: 'gathered' } });
    expect(calls).toEqual(['settle']);
    gather.resolve();
    await settle();
    expect(value()).toBe('done');
    expect(calls).toEqual(['settle', 'commit']);
  });

  it('is prepared again after a temporary failure', async () => {
    let tries = 0;
    const { clock, value } = await grouped({
      settle: async () => {
        tries += 1;
        if (tries === 1) throw storeError('temporary', 'busy');
      },
    });
    expect(value()).toEqual({ active: { committing: 'waiting' } });
    clock.increment(100);
    await settle();
    await settle();
    expect(tries).toBe(2);
    expect(value()).toBe('done');
  });

  it('leaves the group when it fails or is cancelled before the decision', async () => {
    const { output, calls, value } = await grouped({ gather: hanging().call });
    output.send(cancel);
    await settle();
    expect(value()).toBe('cancelled');
    expect(calls).toEqual(['settle', 'leave group: not any more', 'abort']);
  });

  it('waits for a decision that is under way, and is published although it was cancelled meanwhile', async () => {
    const gather = hanging();
    const { output, value } = await grouped({ gather: gather.call, isDeciding: () => true });
    output.send(cancel);
    expect(value()).toEqual({ active: { committing: 'gathered' } });
    gather.resolve();
    await settle();
    expect(value()).toBe('done');
  });

  it('is not waited for without an end when it was cancelled during the decision and its publishing hangs', async () => {
    const gather = hanging();
    const { output, clock, value, calls } = await grouped({
      gather: gather.call,
      isDeciding: () => true,
      commit: () => new Promise(() => undefined),
    });
    output.send(cancel);
    clock.increment(400);
    gather.resolve();
    await settle();
    clock.increment(400);
    await settle();
    expect(value()).toEqual({ active: { committing: 'attempting' } });
    clock.increment(100);
    await settle();
    await settle();
    expect(value()).toBe('failed');
    expect(calls).toContain('abort');
    expect(calls).not.toContain('interrupt');
  });

  it('is cancelled when the decision under way does not fall', async () => {
    const gather = hanging();
    const { output, value } = await grouped({ gather: gather.call, isDeciding: () => true });
    output.send(cancel);
    gather.reject(storeError('permanent', 'disk is gone'));
    await settle();
    await settle();
    expect(value()).toBe('cancelled');
  });

  it('does not wait for a decision longer than the grace once it was cancelled, and does not call it cancelled', async () => {
    const { output, clock, value } = await grouped({ gather: hanging().call, isDeciding: () => true });
    output.send(cancel);
    clock.increment(500);
    await settle();
    expect(value()).toBe('failed');
  });

  it('is failed, not cancelled, when it was decided and cannot be published', async () => {
    const { output, value } = await grouped({
      commit: async () => {
        throw storeError('temporary', 'busy');
      },
    });
    expect(value()).toEqual({ active: { committing: 'waiting' } });
    output.send(cancel);
    await settle();
    expect(value()).toBe('failed');
    expect(output.getSnapshot().context.error?.message).toBe('not any more');
  });
});
