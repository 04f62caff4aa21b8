// Owns the batches of one write until it is prepared: hands them to each attempt from the first one on, and lets those
// that the worker has read be moved to scratch storage. It decides nothing about retries.
import { type Batch, batchData } from '../batch/batch.js';
import type { Memory, SpilledBatch } from '../materialise/memory.js';
import type { SendBatch } from '../wire/messages.js';

/** Takes the batches of a write, in order, from the first one on; called at once and later as they come. */
export interface LedgerReader {
  /** Whether it takes another batch now; when true, that batch follows. It calls `resume` when it can after a false. */
  ready(): boolean;
  batch(seq: number, batch: SendBatch['batch'], bytes: number): void;
  sealed(): void;
}

export interface Ledger {
  readonly rows: number;
  readonly batches: number;
  /** Bytes held in memory. */
  readonly heldBytes: number;
  readonly sealed: boolean;
  /** Retains the batch. */
  append(batch: Batch<unknown>): void;
  /** Takes a batch that is on disk already; `release` is called once, when the file is not needed any more. */
  appendSpilled(spilled: SpilledBatch, release: () => void): void;
  seal(): void;
  /** Attaches the reader of a new attempt and replays; a former reader is detached. */
  attach(reader: LedgerReader): void;
  detach(): void;
  /** The current reader is ready again. */
  resume(): void;
  /** The current reader has taken a batch: it is given the next one. `isFree`: it will not read it again. */
  consumed(seq: number, isFree: boolean): void;
  /** The current reader will not read a batch again that it had kept. */
  freed(seq: number): void;
  /** Batches that were given to the current reader and not consumed. */
  readonly outstanding: number;
  /** Bytes that `spill` could free now. */
  spillableBytes(): number;
  spill(targetBytes: number): Promise<number>;
  /** The same, blocking. */
  spillSync(targetBytes: number): number;
  /** Lets go of everything; later calls do nothing. */
  release(): void;
}

interface Entry {
  batch: Batch<unknown> | undefined;
  spilled: SpilledBatch | undefined;
  /** Lets go of the spilled file. */
  dropSpilled: () => void;
  /** Given to the current reader as memory, which may still read it: must stay in memory. */
  lent: boolean;
  spilling: boolean;
}

/** Batches a reader has and has not consumed: enough to keep it busy, few enough to leave the rest free to be spilled. */
const windowBatches = 4;

export interface LedgerOptions {
  readonly memory: Memory;
  /** Whether batches that wait for their reader may be spilled, so that the source runs ahead of a slow sink. */
  readonly ahead: boolean;
  /** Told whenever `heldBytes` has changed, by how much: who sums up many ledgers need not go through them. */
  readonly onHeld?: ((deltaBytes: number) => void) | undefined;
}

export function createLedger({ memory, ahead, onHeld = () => {} }: LedgerOptions): Ledger {
  const entries: Entry[] = [];
  let reader: LedgerReader | undefined;
  let rows = 0;
  let heldBytes = 0;
  let given = 0;
  let consumedCount = 0;
  let sealed = false;
  /** The current reader has been told that the write is sealed. */
  let told = false;
  let released = false;
  /** Batches on their way to disk. */
  let spilling = 0;

  const give = (entry: Entry, seq: number, to: LedgerReader): void => {
    if (entry.spilled !== undefined) {
      to.batch(seq, { spilled: entry.spilled }, 0);
    } else if (entry.batch !== undefined) {
      entry.lent = true;
      // Not `batch.data`, which marks the memory as seen by user code: it is used again once the write is prepared.
      const { schema: _known, ...data } = batchData(entry.batch);
      to.batch(seq, { data }, entry.batch.bytes);
    }
  };

  const dropMemory = (entry: Entry): number => {
    if (entry.batch === undefined) return 0;
    const { bytes } = entry.batch;
    entry.batch.release();
    entry.batch = undefined;
    heldBytes -= bytes;
    onHeld(-bytes);
    return bytes;
  };

  const movable = (entry: Entry): boolean =>
    entry.batch !== undefined && !entry.lent && !entry.spilling && entry.spilled === undefined;
  /** What waits for its reader moves only when the source is to run ahead of it; what was read, or has no reader, always. */
  const spillable = (entry: Entry, seq: number): boolean =>
    movable(entry) && (ahead || reader === undefined || seq < given);

  /** Gives what the window has room for; the rest can be spilled meanwhile. */
  const proceed = (): void => {
    while (reader !== undefined && given - consumedCount < windowBatches) {
      const entry = entries[given];
      if (entry === undefined || !reader.ready()) break;
      given += 1;
      give(entry, given - 1, reader);
    }
    if (reader === undefined || !sealed || told || given < entries.length) return;
    told = true;
    reader.sealed();
  };
  const add = (entry: Entry): void => {
    entries.push(entry);
    proceed();
  };
  const letGo = (entry: Entry): void => {
    entry.lent = false;
    if (entry.spilled !== undefined && !entry.spilling) dropMemory(entry);
  };

  return {
    get rows() {
      return rows;
    },
    get batches() {
      return entries.length;
    },
    get heldBytes() {
      return heldBytes;
    },
    get sealed() {
      return sealed;
    },
    get outstanding() {
      return reader === undefined ? 0 : given - consumedCount;
    },
    append(batch) {
      if (released) return;
      rows += batch.rows;
      heldBytes += batch.bytes;
      onHeld(batch.bytes);
      add({ batch: batch.retain(), spilled: undefined, dropSpilled: () => {}, lent: false, spilling: false });
    },
    appendSpilled(spilled, release) {
      if (released) {
        release();
        return;
      }
      rows += spilled.rows;
      add({ batch: undefined, spilled, dropSpilled: release, lent: false, spilling: false });
    },
    seal() {
      sealed = true;
      proceed();
    },
    attach(next) {
      reader = next;
      given = 0;
      consumedCount = 0;
      told = false;
      proceed();
    },
    detach() {
      reader = undefined;
      for (const entry of entries) letGo(entry);
    },
    resume: proceed,
    consumed(seq, isFree) {
      consumedCount += 1;
      const entry = entries[seq];
      if (entry !== undefined && isFree) letGo(entry);
      proceed();
    },
    freed(seq) {
      const entry = entries[seq];
      if (entry !== undefined) letGo(entry);
    },
    spillableBytes() {
      // Most of those that wait for a worker: nothing is lent, nothing on its way to disk.
      if (reader === undefined && spilling === 0) return heldBytes;
      return entries.reduce(
        (sum, entry, seq) => sum + (spillable(entry, seq) ? (entry.batch?.bytes ?? 0) : 0),
        0,
      );
    },
    async spill(targetBytes) {
      let freed = 0;
      for (const [seq, entry] of entries.entries()) {
        if (freed >= targetBytes || released) break;
        const { batch } = entry;
        if (batch === undefined || !spillable(entry, seq)) continue;
        // A reference of its own: the write may be released while the disk is busy.
        const kept = batch.retain();
        entry.spilling = true;
        spilling += 1;
        try {
          const spilled = await memory.scratch.spill(kept);
          if (released) {
            memory.scratch.remove(spilled);
            break;
          }
          entry.spilled = spilled;
          entry.dropSpilled = () => memory.scratch.remove(spilled);
          // Lent meanwhile to a new attempt: its memory stays until that one has read it.
          if (!entry.lent) freed += dropMemory(entry);
        } finally {
          entry.spilling = false;
          spilling -= 1;
          kept.release();
        }
      }
      return freed;
    },
    spillSync(targetBytes) {
      let freed = 0;
      for (const entry of entries) {
        if (freed >= targetBytes) break;
        if (entry.batch === undefined || !movable(entry)) continue;
        const spilled = memory.scratch.spillSync(entry.batch);
        entry.spilled = spilled;
        entry.dropSpilled = () => memory.scratch.remove(spilled);
        freed += dropMemory(entry);
      }
      return freed;
    },
    release() {
      if (released) return;
      released = true;
      reader = undefined;
      for (const entry of entries) {
        dropMemory(entry);
        entry.dropSpilled();
      }
      entries.length = 0;
    },
  };
}
