// Owns a stage's output while it is held: its batches in memory or spilled, how many hold it, who waits for more of it.
import { Observable } from 'rxjs';
import { type Batch, referencesTo } from '../batch/batch.js';
import { rowMaker } from '../batch/row-reader.js';
import type { Schema } from '../batch/schema.js';
import { CancelledError } from '../errors/named-errors.js';
import { TailraceError } from '../errors/tailrace-error.js';
import { type Clock, systemClock } from '../time/clock.js';
import { type DatasetEntry, type EntryList, readBatches, readRows } from './dataset-reader.js';
import {
  type Materialised,
  materialisedMark,
  type UnhurriedMaterialised,
  unhurriedMark,
} from './materialised.js';
import type { Memory, SpilledBatch } from './memory.js';

export interface DatasetOptions {
  readonly memory: Memory;
  /** Name of the stage, for messages. */
  readonly name: string;
  readonly clock?: Clock | undefined;
  /** Called once, after the last release. */
  readonly onReleased?: (() => void) | undefined;
}

/** The producer's side of a dataset. After `complete`, `fail` or the last release, calls are ignored. */
export interface Dataset<R> {
  /** With one reference, which belongs to the caller. */
  readonly handle: Materialised<R>;
  /** Tells the schema; at the latest before the first batch or `complete`. Told again, it must be the same. */
  schema(schema: Schema<R>): void;
  /** Holds a batch; the caller keeps its own reference. */
  push(batch: Batch<R>): void;
  complete(): void;
  /** The stage failed: readers get what there is, then the error. */
  fail(error: unknown): void;
}

/** Whether something is a dataset; a bare Observable is not. */
export function isMaterialised(item: unknown): item is Materialised<unknown> {
  return typeof item === 'object' && item !== null && materialisedMark in item;
}

/** Makes an empty dataset that is still being computed. It is spilled through `memory.spillables`. */
export function createDataset<R>(options: DatasetOptions): Dataset<R> {
  const { memory, name, clock = systemClock, onReleased } = options;
  const { scratch } = memory;
  const entries: DatasetEntry[] = [];
  const waiting = new Set<() => void>();
  let end: EntryList['end'];
  let schema: Schema<R> | undefined;
  let pushed = 0;
  let rowCount = 0;
  let heldBytes = 0;
  let references = 1;

  let settle: { resolve: () => void; reject: (error: unknown) => void } | undefined;
  const completed = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // Readers get the same error; a dataset whose `completed` nobody looks at must not end the process.
  completed.catch(() => undefined);

  const changed = (): void => {
    const wakers = [...waiting];
    waiting.clear();
    for (const wake of wakers) wake();
  };

  const released = (operation: string): TailraceError =>
    new TailraceError(
      `The dataset "${name}" was already released; call retain() for every reader that comes later, and ` +
        'release() when it is done.',
      { code: 'CLOSED', operation, context: { dataset: name } },
    );

  const candidates = (): DatasetEntry[] =>
    entries.filter(
      (entry) => entry.batch !== undefined && !entry.spilling && referencesTo(entry.batch) === 1,
    );

  /** Puts the file in the place of the batch; how many bytes that freed. */
  const replace = (entry: DatasetEntry, spilled: SpilledBatch): number => {
    const { batch } = entry;
    if (batch === undefined) {
      // The dataset was released while its batch was being written.
      scratch.remove(spilled);
      return 0;
    }
    // A reader may have retained it meanwhile; then its bytes stay until that reader is done.
    const freed = referencesTo(batch) === 1 ? batch.bytes : 0;
    entry.spilled = spilled;
    entry.batch = undefined;
    heldBytes -= batch.bytes;
    batch.release();
    return freed;
  };

  const spill = async (targetBytes: number): Promise<number> => {
    let freed = 0;
    // The oldest first: a reader that follows the stage has had them already.
    for (const entry of candidates()) {
      if (freed >= targetBytes) break;
      const { batch } = entry;
      if (batch === undefined || entry.spilling || referencesTo(batch) !== 1) continue;
      entry.spilling = true;
      const kept = batch.retain();
      try {
        const spilled = await scratch.spill(kept).finally(() => kept.release());
        freed += replace(entry, spilled);
      } finally {
        entry.spilling = false;
      }
    }
    return freed;
  };

  const spillSync = (targetBytes: number): number => {
    let freed = 0;
    for (const entry of candidates()) {
      if (freed >= targetBytes) break;
      if (entry.batch !== undefined) freed += replace(entry, scratch.spillSync(entry.batch));
    }
    return freed;
  };

  const unregister = memory.addSpillable({
    name,
    spillableBytes: () => candidates().reduce((sum, { batch }) => sum + (batch?.bytes ?? 0), 0),
    spill,
    spillSync,
  });

  const list: EntryList = {
    name,
    memory,
    clock,
    entries,
    get end() {
      return references === 0 ? { error: released('read dataset') } : end;
    },
    isOver: (at) => end === 'complete' && at >= pushed,
    onceChanged: (wake) => {
      waiting.add(wake);
      return () => void waiting.delete(wake);
    },
    makeRoom: spill,
  };

  const finish = (how: NonNullable<EntryList['end']>): void => {
    if (end !== undefined) return;
    end = how;
    if (how === 'complete') settle?.resolve();
    else settle?.reject(how.error);
    changed();
  };

  const free = (): void => {
    unregister();
    finish({
      error: new CancelledError(`The dataset "${name}" was released before it was complete.`, {
        operation: 'materialise',
      }),
    });
    for (const entry of entries) {
      entry.batch?.release();
      if (entry.spilled !== undefined) scratch.remove(entry.spilled);
      entry.batch = undefined;
      entry.spilled = undefined;
    }
    entries.length = 0;
    heldBytes = 0;
    changed();
    onReleased?.();
  };

  const batches = (unhurried: boolean): Observable<Batch<R>> =>
    new Observable((subscriber) => readBatches(list, subscriber, unhurried));

  const handle: UnhurriedMaterialised<R> = {
    [materialisedMark]: true,
    get schema() {
      return schema;
    },
    get rowCount() {
      return rowCount;
    },
    get heldBytes() {
      return heldBytes;
    },
    rows: () => new Observable<R>((subscriber) => readRows(list, subscriber, rowMaker)),
    batches: () => batches(false),
    [unhurriedMark]: () => batches(true),
    completed,
    retain() {
      if (references === 0) throw released('retain dataset');
      references += 1;
      return handle;
    },
    release() {
      if (references === 0) throw released('release dataset');
      references -= 1;
      if (references === 0) free();
    },
  };

  return {
    handle,
    schema(known) {
      if (end === undefined) schema ??= known;
    },
    push(batch) {
      if (end !== undefined) return;
      schema ??= batch.schema;
      entries.push({ rows: batch.rows, batch: batch.retain(), spilled: undefined, spilling: false });
      pushed += 1;
      rowCount += batch.rows;
      heldBytes += batch.bytes;
      changed();
    },
    complete: () => finish('complete'),
    fail: (error) => finish({ error }),
  };
}
