import { describe, expect, it } from 'vitest';
import { createAttemptQueue, type QueuedBatch } from './attempt-queue.js';

const batch = (seq: number): QueuedBatch => ({
  seq,
  batch: { spilled: { path: `b${seq}`, rows: 1, bytes: 1, contentBytes: 1 } },
});

describe('the queue of an attempt', () => {
  it('gives batches in order, waits for more, and ends when it is sealed and empty', async () => {
    const queue = createAttemptQueue();
    const { signal } = new AbortController();
    queue.push(batch(0));
    queue.push(batch(1));
    expect((await queue.next(signal))?.seq).toBe(0);
    expect((await queue.next(signal))?.seq).toBe(1);
    const third = queue.next(signal);
    queue.push(batch(2));
    queue.seal();
    expect((await third)?.seq).toBe(2);
    expect(await queue.next(signal)).toBeUndefined();
  });

  it('rejects a reader that waits when the attempt is aborted', async () => {
    const queue = createAttemptQueue();
    const cancel = new AbortController();
    const waiting = queue.next(cancel.signal);
    cancel.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow('cancelled');
  });

  it('gives an aborted attempt nothing, though batches are there', async () => {
    const queue = createAttemptQueue();
    queue.push(batch(0));
    queue.seal();
    await expect(queue.next(AbortSignal.abort(new Error('cancelled')))).rejects.toThrow('cancelled');
  });
});
