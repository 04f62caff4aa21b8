// Owns the batches of one write until it is prepared: hands them to each attempt from the first one on, and lets those
// that the worker has read be moved to scratch storage. It decides nothing about retries.
import type { Batch } from '../batch/batch.js';
import type { Memory, SpilledBatch } from '../materialise/memory.js';
import type { SendBatch } from '../wire/messages.js';
import { type Entry, isMovable, lend } from './ledger-entry.js';

/** Takes the batches of a write, in order, from the first one on; called at once and later as they come. */
export interface LedgerReader {
  batch(seq: number, batch: SendBatch['batch']): void;
  sealed(): void;
}

export interface Ledger {
  readonly rows: number;
  readonly batches: number;
  /** Bytes of all batches, wherever they are. */
  readonly bytes: number;
  /** Bytes of those that the current reader has not consumed; of all without a reader. */
  readonly aheadBytes: number;
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

/** Batches a reader has and has not consumed: enough to keep it busy, few enough to leave the rest free to be spilled. */
const windowBatches = 4;

export interface LedgerOptions {
  readonly memory: Memory;
  /** Whether batches that wait for their reader may be spilled, so that the source runs ahead of a slow sink. */
  readonly ahead: boolean;
  /** Told whenever `heldBytes` has changed, by how much: who sums up many ledgers need not go through them. */
  readonly onHeld?: ((deltaBytes: number) => void) | undefined;
}

export function createLedger(options: LedgerOptions): Ledger {
  return new WriteLedger(options);
}

/** A class, because there may be tens of thousands: as closures, each would take 2.5 kB before it holds anything. */
class WriteLedger implements Ledger {
  readonly #memory: Memory;
  readonly #ahead: boolean;
  readonly #onHeld: ((deltaBytes: number) => void) | undefined;
  readonly #entries: Entry[] = [];
  #reader: LedgerReader | undefined;
  #rows = 0;
  #bytes = 0;
  #consumedBytes = 0;
  #heldBytes = 0;
  #given = 0;
  #consumed = 0;
  #sealed = false;
  /** The current reader has been told that the write is sealed. */
  #told = false;
  #released = false;
  /** Batches on their way to disk. */
  #spilling = 0;

  constructor({ memory, ahead, onHeld }: LedgerOptions) {
    this.#memory = memory;
    this.#ahead = ahead;
    this.#onHeld = onHeld;
  }

  get rows(): number {
    return this.#rows;
  }
  get batches(): number {
    return this.#entries.length;
  }
  get bytes(): number {
    return this.#bytes;
  }
  get aheadBytes(): number {
    return this.#bytes - this.#consumedBytes;
  }
  get heldBytes(): number {
    return this.#heldBytes;
  }
  get sealed(): boolean {
    return this.#sealed;
  }
  get outstanding(): number {
    return this.#reader === undefined ? 0 : this.#given - this.#consumed;
  }

  append(batch: Batch<unknown>): void {
    if (this.#released) return;
    this.#rows += batch.rows;
    this.#holds(batch.bytes);
    this.#add({
      bytes: batch.bytes,
      batch: batch.retain(),
      spilled: undefined,
      dropSpilled: undefined,
      lent: false,
      spilling: false,
    });
  }

  appendSpilled(spilled: SpilledBatch, release: () => void): void {
    if (this.#released) {
      release();
      return;
    }
    this.#rows += spilled.rows;
    const bytes = spilled.contentBytes;
    this.#add({ bytes, batch: undefined, spilled, dropSpilled: release, lent: false, spilling: false });
  }

  seal(): void {
    this.#sealed = true;
    this.#lend();
  }

  attach(next: LedgerReader): void {
    this.#reader = next;
    this.#given = 0;
    this.#consumed = 0;
    this.#consumedBytes = 0;
    this.#told = false;
    this.#lend();
  }

  detach(): void {
    this.#reader = undefined;
    this.#consumedBytes = 0;
    for (const entry of this.#entries) this.#letGo(entry);
  }

  /** Gives what the window has room for; the rest can be spilled meanwhile. */
  #lend(): void {
    while (this.#reader !== undefined && this.#given - this.#consumed < windowBatches) {
      const entry = this.#entries[this.#given];
      const batch = entry && lend(entry);
      if (batch === undefined) break;
      this.#given += 1;
      this.#reader.batch(this.#given - 1, batch);
    }
    if (this.#reader === undefined || !this.#sealed || this.#told) return;
    if (this.#given < this.#entries.length) return;
    this.#told = true;
    this.#reader.sealed();
  }

  consumed(seq: number, isFree: boolean): void {
    this.#consumed += 1;
    this.#consumedBytes += this.#entries[seq]?.bytes ?? 0;
    if (isFree) this.freed(seq);
    this.#lend();
  }

  freed(seq: number): void {
    const entry = this.#entries[seq];
    if (entry !== undefined) this.#letGo(entry);
  }

  spillableBytes(): number {
    // Most of those that wait for a worker: nothing is lent, nothing on its way to disk.
    if (this.#reader === undefined && this.#spilling === 0) return this.#heldBytes;
    return this.#entries.reduce(
      (sum, entry, seq) => sum + (this.#isSpillable(entry, seq) ? (entry.batch?.bytes ?? 0) : 0),
      0,
    );
  }

  async spill(targetBytes: number): Promise<number> {
    let freed = 0;
    for (const [seq, entry] of this.#entries.entries()) {
      if (freed >= targetBytes || this.#released) break;
      if (entry.batch !== undefined && this.#isSpillable(entry, seq)) {
        freed += await this.#spillOne(entry, entry.batch.retain());
      }
    }
    return freed;
  }

  /** @param kept a reference of its own: the write may be released while the disk is busy */
  async #spillOne(entry: Entry, kept: Batch<unknown>): Promise<number> {
    const { scratch } = this.#memory;
    entry.spilling = true;
    this.#spilling += 1;
    try {
      const spilled = await scratch.spill(kept);
      if (this.#released) {
        scratch.remove(spilled);
        return 0;
      }
      entry.spilled = spilled;
      entry.dropSpilled = () => scratch.remove(spilled);
      // Lent meanwhile to a new attempt: its memory stays until that one has read it.
      return entry.lent ? 0 : this.#dropMemory(entry);
    } finally {
      entry.spilling = false;
      this.#spilling -= 1;
      kept.release();
    }
  }

  spillSync(targetBytes: number): number {
    const { scratch } = this.#memory;
    let freed = 0;
    if (this.#heldBytes === 0) return freed;
    for (const entry of this.#entries) {
      if (freed >= targetBytes) break;
      if (entry.batch === undefined || !isMovable(entry)) continue;
      const spilled = scratch.spillSync(entry.batch);
      entry.spilled = spilled;
      entry.dropSpilled = () => scratch.remove(spilled);
      freed += this.#dropMemory(entry);
    }
    return freed;
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#reader = undefined;
    for (const entry of this.#entries) {
      this.#dropMemory(entry);
      entry.dropSpilled?.();
    }
    this.#entries.length = 0;
  }

  /** What waits for its reader moves only when the source is to run ahead of it; what was read, or has no reader, always. */
  #isSpillable(entry: Entry, seq: number): boolean {
    return isMovable(entry) && (this.#ahead || this.#reader === undefined || seq < this.#given);
  }

  #add(entry: Entry): void {
    this.#entries.push(entry);
    this.#bytes += entry.bytes;
    this.#lend();
  }

  #letGo(entry: Entry): void {
    entry.lent = false;
    if (entry.spilled !== undefined && !entry.spilling) this.#dropMemory(entry);
  }

  #holds(deltaBytes: number): void {
    this.#heldBytes += deltaBytes;
    this.#onHeld?.(deltaBytes);
  }

  #dropMemory(entry: Entry): number {
    if (entry.batch === undefined) return 0;
    const { bytes } = entry.batch;
    entry.batch.release();
    entry.batch = undefined;
    this.#holds(-bytes);
    return bytes;
  }
}
