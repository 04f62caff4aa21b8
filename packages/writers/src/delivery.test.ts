import type { ByteSink } from '@tailrace/core/sink';
import { describe, expect, it } from 'vitest';
import { delivery } from './delivery.js';

const piece = new Uint8Array(3);
const never: ByteSink = { bytesWritten: 0, write: () => new Promise(() => {}) };
const taking: ByteSink = { bytesWritten: 0, write: () => undefined };

describe('delivery', () => {
  it('counts bytes as they are handed over', async () => {
    const file = delivery(taking, new AbortController().signal);
    await file.write(piece);
    await file.write(piece);
    expect(file.bytes).toBe(6);
  });

  it('rejects a write that the sink never takes when the file is aborted, and every call after it', async () => {
    const file = delivery(never, new AbortController().signal);
    const written = file.attempt(() => file.write(piece));
    file.abort();
    await expect(written).rejects.toThrow('aborted');
    expect(() => file.ensureOpen()).toThrow('aborted');
    await expect(file.write(piece)).rejects.toThrow('aborted');
  });

  it('rejects with the reason of the signal', async () => {
    const controller = new AbortController();
    const file = delivery(never, controller.signal);
    const written = file.write(piece);
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(written).rejects.toBe(reason);
    file.abort();
    expect(() => file.ensureOpen()).toThrow(reason);
  });

  it('stays failed with the first error, whatever comes after it', async () => {
    const full = new Error('ENOSPC');
    const failing: ByteSink = { bytesWritten: 0, write: () => Promise.reject(full) };
    const file = delivery(failing, new AbortController().signal);
    await expect(file.attempt(() => file.write(piece))).rejects.toBe(full);
    file.abort();
    expect(() => file.ensureOpen()).toThrow(full);
  });
});
