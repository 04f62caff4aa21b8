// Owns one reading of a dataset: batch after batch at the reader's pace, spilled ones back in memory a few at a time.
import type { Subscriber } from 'rxjs';
import { type Batch, type BatchData, batchData, referencesTo } from '../batch/batch.js';
import type { RowMaker } from '../batch/row-reader.js';
import { OverflowError } from '../errors/named-errors.js';
import { TailraceError } from '../errors/tailrace-error.js';
import { type Clock, longestTurnMs, sleep } from '../time/clock.js';
import { type FlowContext, flowContext } from './flow-context.js';
import type { Memory, SpilledBatch } from './memory.js';

/** One batch of a dataset: in memory or spilled. The row type is the dataset's. */
export interface DatasetEntry {
  readonly rows: number;
  batch: Batch<unknown> | undefined;
  spilled: SpilledBatch | undefined;
  /** Its file is being written. */
  spilling: boolean;
}

/** What a reader sees of a dataset. */
export interface EntryList {
  readonly name: string;
  readonly memory: Memory;
  readonly clock: Clock;
  /** Grows at its end until `end` is set. */
  readonly entries: readonly DatasetEntry[];
  /** Whether it is complete and entry number `at` is beyond its last: also true once it is released. */
  isOver(at: number): boolean;
  /** How it ended; undefined while it may grow. */
  readonly end: 'complete' | { readonly error: unknown } | undefined;
  /** Calls `wake` at the next change; returns how to take that back. */
  onceChanged(wake: () => void): () => void;
  /** Spills batches of this dataset to free so many bytes, if it can. */
  makeRoom(bytes: number): Promise<number>;
}

/** Rows between looks at the clock and at the gate. */
const rowsPerLook = 256;
/** Batches that were read back for one reader and are still held by it, above which it waits while the budget is full. */
const maxReloaded = 2;
/** How long such a reader waits, with nobody taking or giving back a byte, before it is told so, in milliseconds. */
const roomTimeoutMs = 60_000;
const roomPollMs = 20;

/**
 * Emits the batches of `list`, each valid during `next`.
 * @param unhurried whether the reader is sure to release what it retains, however long that takes: it is never told to
 */
export function readBatches<R>(list: EntryList, subscriber: Subscriber<Batch<R>>, unhurried: boolean): void {
  // The dataset's batches have its row type; entries leave it out.
  run(list, subscriber, unhurried, (batch) => subscriber.next(batch as Batch<R>));
}

/** Emits the rows of `list`, each made anew. */
export function readRows<R>(
  list: EntryList,
  subscriber: Subscriber<R>,
  maker: (data: BatchData) => RowMaker<R>,
): void {
  run(list, subscriber, false, async (batch, turn) => {
    const make = maker(batchData(batch));
    for (let row = 0; row < batch.rows; ) {
      if (!turn.free()) await turn.next();
      const stop = Math.min(row + rowsPerLook, batch.rows);
      for (; row < stop && !subscriber.closed; row++) subscriber.next(make(row));
      if (subscriber.closed) return;
    }
  });
}

/** Hands a batch on; a promise when that takes several turns of the event loop. */
type Emit = (batch: Batch<unknown>, turn: Turn) => Promise<void> | void;

/** Whether a reader may go on at once, and the wait until it may. */
interface Turn {
  free(): boolean;
  next(): Promise<void>;
}

function createTurn(clock: Clock, context: FlowContext | undefined, signal: AbortSignal): Turn {
  let since = clock.now();
  return {
    free: () => (context === undefined || context.downstream.open) && clock.now() - since < longestTurnMs,
    async next() {
      if (clock.now() - since >= longestTurnMs) await clock.yield();
      if (context !== undefined && !context.downstream.open) await context.downstream.whenOpen(signal);
      since = clock.now();
    },
  };
}

function run(
  list: EntryList,
  subscriber: Pick<Subscriber<unknown>, 'add' | 'complete' | 'error'>,
  unhurried: boolean,
  emit: Emit,
): void {
  const cancel = new AbortController();
  subscriber.add(() => cancel.abort());
  const context = flowContext();
  const turn = createTurn(context?.clock ?? list.clock, context, cancel.signal);
  read(list, emit, turn, createReload(list, unhurried, cancel.signal), cancel.signal).then(
    () => subscriber.complete(),
    // After an unsubscription nobody is there for the error, which is then the abort itself.
    (error: unknown) => subscriber.error(error),
  );
}

async function read(
  list: EntryList,
  emit: Emit,
  turn: Turn,
  reload: Reload,
  signal: AbortSignal,
): Promise<void> {
  for (let at = 0; ; at++) {
    const entry = await entryAt(list, at, turn, signal);
    if (entry === undefined) return;
    const batch = entry.batch?.retain() ?? (await reload(entry));
    try {
      const emitted = signal.aborted ? undefined : emit(batch, turn);
      // Awaited only where there is something to wait for, so that a batch is let go as soon as `next` returns.
      if (emitted !== undefined) await emitted;
    } finally {
      batch.release();
    }
  }
}

/** The entry number `at` as soon as it is there and may be emitted; undefined after the last, or when cancelled. */
async function entryAt(
  list: EntryList,
  at: number,
  turn: Turn,
  signal: AbortSignal,
): Promise<DatasetEntry | undefined> {
  while (!signal.aborted) {
    const entry = list.entries[at];
    if (entry !== undefined && turn.free()) return entry;
    if (entry !== undefined) {
      // While it waits the dataset may be released: look again.
      await turn.next();
    } else if (list.isOver(at)) {
      return undefined;
    } else if (typeof list.end === 'object') {
      throw list.end.error;
    } else {
      await change(list, signal);
    }
  }
  return undefined;
}

function change(list: EntryList, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      signal.removeEventListener('abort', abort);
      resolve();
    };
    const forget = list.onceChanged(wake);
    const abort = (): void => {
      forget();
      resolve();
    };
    signal.addEventListener('abort', abort, { once: true });
  });
}

/** A spilled batch back in memory, with one reference. */
type Reload = (entry: DatasetEntry) => Promise<Batch<unknown>>;

/** Makes what reads spilled batches back for one reader, and knows which of them that reader still holds. */
function createReload(list: EntryList, unhurried: boolean, signal: AbortSignal): Reload {
  const { memory, clock } = list;
  const { budget } = memory;
  const reloaded = new Set<Batch<unknown>>();

  const held = (): number => {
    for (const batch of reloaded) if (referencesTo(batch) === 0) reloaded.delete(batch);
    return reloaded.size;
  };
  const awaitRoom = async (bytes: number): Promise<void> => {
    const excess = (): number => budget.usedBytes + bytes - budget.limitBytes;
    if (excess() > 0) await list.makeRoom(excess());
    let since = clock.now();
    let used = budget.usedBytes;
    while (excess() > 0 && held() >= maxReloaded) {
      if (budget.usedBytes !== used) {
        used = budget.usedBytes;
        since = clock.now();
      }
      if (!unhurried && clock.now() - since > roomTimeoutMs) throw noRoom(list, held());
      await sleep(clock, roomPollMs, signal);
    }
  };

  return async ({ spilled }) => {
    // An entry without its batch was spilled; where not even a file is left, the dataset was released just now.
    if (spilled === undefined) throw endOf(list) ?? gone(list);
    try {
      await awaitRoom(spilled.contentBytes);
      const batch = await memory.scratch.load<unknown>(spilled);
      reloaded.add(batch);
      return batch;
    } catch (error) {
      // The file goes with the dataset: what the reader is to know is that it was released.
      throw endOf(list) ?? error;
    }
  };
}

function gone(list: EntryList): TailraceError {
  return new TailraceError(`A batch of the dataset "${list.name}" was freed while it was being read.`, {
    code: 'CLOSED',
    operation: 'read dataset',
    context: { dataset: list.name },
  });
}

function endOf({ end }: EntryList): unknown {
  return typeof end === 'object' ? end.error : undefined;
}

function noRoom(list: EntryList, held: number): OverflowError {
  return new OverflowError(
    `A reader of the dataset "${list.name}" holds ${held} batches that were read back from disk, and the budget of ` +
      `${list.memory.budget.limitBytes} bytes is full. Release batches as you go, or give the run more memory.`,
    { operation: 'read dataset', context: { dataset: list.name, held } },
  );
}
