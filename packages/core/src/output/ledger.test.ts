import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Batch, createBatch } from '../batch/batch.js';
import { createMemory } from '../materialise/create-memory.js';
import type { Memory } from '../materialise/memory.js';
import type { SendBatch } from '../wire/messages.js';
import { createLedger, type LedgerReader } from './ledger.js';

let memory: Memory;
beforeEach(() => {
  memory = createMemory({ limitBytes: 1 << 20 });
});
afterEach(() => memory.scratch.close());

/** A batch of one float64 column whose memory is charged to the budget. */
function batchOf(...values: number[]): Batch<{ x: number }> {
  const slab = memory.slabs.acquire(values.length * 8);
  const column = new Float64Array(slab.buffer, 0, values.length);
  column.set(values);
  return createBatch(
    {
      schema: { fields: [{ name: 'x', type: { kind: 'float64' }, nullable: false }] },
      rows: values.length,
      bytes: slab.bytes,
      columns: [{ nullCount: 0, validity: null, values: column, offsets: null, dictionary: null }],
    },
    () => slab.free(true),
  );
}
const recorder = () => {
  const seen: { seq: number; batch: SendBatch['batch'] }[] = [];
  let sealed = 0;
  const reader: LedgerReader = {
    batch: (seq, batch) => seen.push({ seq, batch }),
    sealed: () => {
      sealed += 1;
    },
  };
  return {
    reader,
    seen,
    sealedTimes: () => sealed,
    kinds: () => seen.map(({ batch }) => ('data' in batch ? 'memory' : 'disk')),
  };
};

describe('the ledger of a write', () => {
  it('gives every attempt all batches in order, those that come later too', () => {
    const ledger = createLedger({ memory, ahead: false });
    const [a, b] = [batchOf(1), batchOf(2)];
    const first = recorder();
    ledger.append(a);
    ledger.attach(first.reader);
    ledger.append(b);
    ledger.seal();
    const second = recorder();
    ledger.attach(second.reader);
    expect(first.seen.map(({ seq }) => seq)).toEqual([0, 1]);
    expect(second.seen.map(({ seq }) => seq)).toEqual([0, 1]);
    expect([first.sealedTimes(), second.sealedTimes()]).toEqual([1, 1]);
    ledger.release();
    a.release();
    b.release();
    expect(memory.budget.usedBytes).toBe(0);
  });

  it('moves to disk only what the worker has read, and replays it from there', async () => {
    const ledger = createLedger({ memory, ahead: false });
    const batches = [batchOf(1), batchOf(2), batchOf(3)];
    const first = recorder();
    ledger.attach(first.reader);
    for (const batch of batches) {
      ledger.append(batch);
      batch.release();
    }
    expect(ledger.spillableBytes()).toBe(0);
    ledger.consumed(0, true);
    ledger.consumed(1, true);
    const before = memory.budget.usedBytes;
    const freed = await ledger.spill(Number.MAX_SAFE_INTEGER);
    expect(freed).toBe(2 * 4096);
    expect(memory.budget.usedBytes).toBe(before - freed);
    const second = recorder();
    ledger.attach(second.reader);
    expect(second.kinds()).toEqual(['disk', 'disk', 'memory']);
    ledger.release();
    expect(memory.budget.usedBytes).toBe(0);
    expect(memory.scratch.usedBytes).toBe(0);
  });

  it('leaves no file behind when the write ends while it is being spilled', async () => {
    const ledger = createLedger({ memory, ahead: false });
    const batch = batchOf(1, 2, 3);
    ledger.append(batch);
    batch.release();
    const spilling = ledger.spill(1);
    ledger.release();
    await spilling;
    expect(memory.budget.usedBytes).toBe(0);
    expect(memory.scratch.usedBytes).toBe(0);
  });

  it('counts what an attempt has been given and has not consumed', () => {
    const ledger = createLedger({ memory, ahead: false });
    const batch = batchOf(1);
    ledger.append(batch);
    expect(ledger.outstanding).toBe(0);
    ledger.attach(recorder().reader);
    expect(ledger.outstanding).toBe(1);
    ledger.consumed(0, true);
    expect(ledger.outstanding).toBe(0);
    ledger.release();
    batch.release();
  });

  it('gives a reader few batches at a time, in order, so that the rest can be spilled before it is read', async () => {
    const ledger = createLedger({ memory, ahead: true });
    const { reader, seen, kinds, sealedTimes } = recorder();
    ledger.attach(reader);
    for (let n = 0; n < 8; n += 1) {
      const batch = batchOf(n);
      ledger.append(batch);
      batch.release();
    }
    ledger.seal();
    expect(seen).toHaveLength(4);
    expect(await ledger.spill(Number.MAX_SAFE_INTEGER)).toBe(4 * 4096);
    for (let seq = 0; seq < 8; seq += 1) {
      expect(sealedTimes()).toBe(seq < 4 ? 0 : 1);
      ledger.consumed(seq, true);
    }
    expect(seen.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(kinds()).toEqual([...Array(4).fill('memory'), ...Array(4).fill('disk')]);
    ledger.release();
    expect(memory.budget.usedBytes).toBe(0);
  });

  it('tells how many bytes are still before its reader, and all of them again for the next one', () => {
    const ledger = createLedger({ memory, ahead: false });
    for (const value of [1, 2]) {
      const batch = batchOf(value);
      ledger.append(batch);
      batch.release();
    }
    const all = ledger.bytes;
    expect(ledger.aheadBytes).toBe(all);
    ledger.attach(recorder().reader);
    ledger.consumed(0, true);
    expect(ledger.aheadBytes).toBe(all / 2);
    ledger.consumed(1, true);
    expect(ledger.aheadBytes).toBe(0);
    ledger.attach(recorder().reader);
    expect(ledger.aheadBytes).toBe(all);
    ledger.release();
  });

  it('keeps in memory what the reader has taken and not let go of', async () => {
    const ledger = createLedger({ memory, ahead: true });
    ledger.attach(recorder().reader);
    const batch = batchOf(1);
    ledger.append(batch);
    batch.release();
    ledger.consumed(0, false);
    expect(ledger.spillableBytes()).toBe(0);
    expect(await ledger.spill(Number.MAX_SAFE_INTEGER)).toBe(0);
    ledger.freed(0);
    expect(await ledger.spill(Number.MAX_SAFE_INTEGER)).toBe(4096);
    ledger.release();
  });
});
