// Owns how a node's items leave it as columns: one builder for all of its outputs and its hold, and what happens when
// building fails or floods. It never touches the consumers that take the live items.
import type { Batch } from '../batch/batch.js';
import { batchError } from '../batch/check-batch.js';
import { hasRowsElsewhere, rowsElsewhere, tellTakers } from '../batch/rows-elsewhere.js';
import { type Schema, sameColumns } from '../batch/schema.js';
import { OverflowError } from '../errors/named-errors.js';
import { type TailraceError, toTailraceError } from '../errors/tailrace-error.js';
import { type BatchBuilder, createBatchBuilder } from '../materialise/batch-builder.js';
import type { Memory } from '../materialise/memory.js';
import { relieve } from '../materialise/relieve.js';
import type { OutputFeed } from '../output/feed.js';
import type { Clock } from '../time/clock.js';
import type { StageOptions } from './graph.js';
import { type Meter, sampleEvery } from './meter.js';
import { otherColumns, rowsAndBatches, rowsAreElsewhere } from './outlet-errors.js';
import { createRejecter, type RejectSink } from './rejecter.js';
import type { BatchWatch } from './stage-watch.js';

export interface Outlets {
  /** Outputs and holds that still take something. */
  readonly open: number;
  /** Tells a declared schema before anything is computed. */
  begin(): void;
  row(item: unknown): void;
  batch(item: Batch<unknown>): void;
  /** Seals what is left and completes all. */
  complete(): void;
  fail(error: TailraceError): void;
}

/** What keeps a node's batches for later readers. */
export interface Hold {
  schema(schema: Schema): void;
  /**
   * Retains the batch for itself.
   * @param ofRows the node emits rows, so that is what readers get; else they get batches
   */
  push(batch: Batch<unknown>, ofRows: boolean): void;
  complete(): void;
  fail(error: TailraceError): void;
  /** No reader will come any more. */
  readonly closed: boolean;
  /** Called once when `closed` turns true. */
  onClosed(listener: () => void): void;
}

export interface OutletsOptions {
  readonly pipeline: string;
  readonly stage: string;
  readonly memory: Memory;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly settings: StageOptions;
  readonly feeds: readonly OutputFeed[];
  readonly hold: Hold | undefined;
  /** Where rows go that do not fit the columns, if anywhere. */
  readonly rejects?: RejectSink | undefined;
  /** Rows that were refused before, when this reads back what is left. */
  readonly rejected?: number | undefined;
  /** Sees every batch before anybody is given it. */
  readonly watch?: BatchWatch | undefined;
  /** The last one has closed by itself. */
  onEmpty(): void;
  /** The stage flooded although its options say `overflow: 'fail'`. */
  onOverflow(error: OverflowError): void;
}

export function createOutlets(options: OutletsOptions): Outlets {
  const { pipeline, stage, memory, clock, meter, settings } = options;
  const context = { pipeline, stage };
  const overflow = settings.overflow ?? 'spill';
  let feeds = options.feeds.filter((feed) => !feed.closed);
  let hold = options.hold;
  let rejects = options.rejects?.closed ? undefined : options.rejects;
  /** Rows so far, and those of them that came in batches. */
  let came = 0;
  /** Whether the first item only named rows. */
  let areElsewhere = false;
  let taken = 0;
  let known: Schema | undefined;
  let kind: 'rows' | 'batches' | undefined;
  let builder: BatchBuilder<unknown> | undefined;
  /** The builder is on the stack: to discard it must wait. */
  let building = false;
  let ended = false;

  const rejecter = createRejecter({
    pipeline,
    stage,
    settings,
    before: options.rejected ?? 0,
    sink: options.rejects,
    tell: (rows) => {
      meter.rejectedRows += rows;
      for (const feed of feeds) feed.refused?.(rows);
    },
  });
  const isEmpty = (): boolean => feeds.length === 0 && hold === undefined && rejects === undefined;
  const tell = (schema: Schema): void => {
    if (known === schema) return;
    known = schema;
    for (const feed of feeds) feed.schema(schema);
    hold?.schema(schema);
  };
  const dropBuilder = (): void => {
    if (building) return;
    builder?.discard();
    builder = undefined;
  };
  const fail = (error: TailraceError): void => {
    const [failing, failingHold, failingRejects] = [feeds, hold, rejects];
    feeds = [];
    hold = undefined;
    rejects = undefined;
    ended = true;
    dropBuilder();
    for (const feed of failing) feed.fail(error);
    failingHold?.fail(error);
    failingRejects?.fail(error);
  };
  /** What is wrong with the columns concerns the outputs and the hold; the consumers of live items go on. */
  const failColumns = (error: unknown): void => {
    if (ended) return;
    const prefix = `The rows of stage '${stage}' of pipeline '${pipeline}' could not be made into columns`;
    fail(toTailraceError(error, prefix, { code: 'STAGE_FAILED', operation: 'materialise stage', context }));
    options.onEmpty();
  };

  const spill = (batch: Batch<unknown>): void => {
    const spilled = memory.scratch.spillSync(batch);
    const takers = feeds;
    let references = takers.length;
    for (const feed of takers) {
      let released = false;
      feed.pushSpilled(spilled, () => {
        if (released) return;
        released = true;
        references -= 1;
        if (references === 0) memory.scratch.remove(spilled);
      });
    }
  };
  const deliver = (batch: Batch<unknown>): void => {
    options.watch?.batch(batch);
    hold?.push(batch, kind === 'rows');
    if (feeds.length === 0) return;
    // Over the limit only when no holder could make room at once; what may not spill is alone then, and admitted.
    if (overflow === 'spill' && memory.budget.usedBytes > memory.budget.limitBytes) spill(batch);
    else for (const feed of feeds) feed.push(batch);
  };
  const open = (): BatchBuilder<unknown> =>
    createBatchBuilder<unknown>({
      memory,
      stage,
      schema: settings.schema,
      batchRows: settings.batchRows,
      batchBytes: settings.batchBytes,
      overflow,
      extraColumns: settings.extraColumns,
      missingColumns: settings.missingColumns,
      onSchema: tell,
      onBatch: (batch) => {
        try {
          deliver(batch);
        } finally {
          batch.release();
        }
      },
    });
  /** Takes a row, or finishes when there is none. One function for both, without a closure: it is the way of every row. */
  const build = (item: unknown, last: boolean): void => {
    let failure: unknown;
    let failed = false;
    building = true;
    try {
      builder ??= open();
      if (last) builder.finish();
      else builder.push(item);
    } catch (error) {
      failed = true;
      failure = error;
    }
    building = false;
    if (failed) refuse(failure);
    if (isEmpty()) dropBuilder();
  };
  const refuse = (error: unknown): void => {
    const failure = rejecter.take(error);
    if (failure !== undefined) failOf(failure);
  };
  const failOf = (error: unknown): void => {
    if (error instanceof OverflowError) options.onOverflow(error);
    else failColumns(error);
  };
  const become = (next: 'rows' | 'batches'): boolean => {
    if (kind === next) return true;
    if (kind === undefined) {
      kind = next;
      return true;
    }
    failColumns(rowsAndBatches(context));
    return false;
  };

  const leave = (): void => {
    if (ended || !isEmpty()) return;
    dropBuilder();
    options.onEmpty();
  };
  /** Where items only name rows, whoever needs rows is told before anything is made of them. @returns whether any is left */
  const takesFirst = (item: unknown): boolean => {
    if (!hasRowsElsewhere(item)) return true;
    const place = item[rowsElsewhere];
    const [refused, refusedHold] = [feeds.filter(({ takesFrom }) => takesFrom !== place), hold];
    feeds = feeds.filter((feed) => !refused.includes(feed));
    hold = undefined;
    areElsewhere = true;
    tellTakers(item, feeds);
    for (const feed of refused) feed.fail(rowsAreElsewhere(feed.name, place, context));
    refusedHold?.fail(rowsAreElsewhere(undefined, place, context));
    leave();
    return !isEmpty();
  };
  for (const feed of feeds) {
    feed.onClosed(() => {
      feeds = feeds.filter((other) => other !== feed);
      leave();
    });
  }
  hold?.onClosed(() => {
    hold = undefined;
    leave();
  });
  rejects?.onClosed(() => {
    rejects = undefined;
    leave();
  });

  return {
    get open() {
      return feeds.length + (hold === undefined ? 0 : 1) + (rejects === undefined ? 0 : 1);
    },
    begin() {
      const { rejected } = rejecter;
      if (rejected !== undefined) for (const feed of feeds) feed.refused?.(rejected);
      if (settings.schema !== undefined) tell(settings.schema);
    },
    row(item) {
      if (ended || !become('rows')) return;
      if (came === 0 && !takesFirst(item)) return;
      if (came > 0 && areElsewhere) tellTakers(item, feeds);
      came += 1;
      if (meter.itemsOut % sampleEvery !== 0) {
        build(item, false);
        return;
      }
      const from = clock.now();
      build(item, false);
      meter.materialiseMs += (clock.now() - from) * sampleEvery;
    },
    batch(item) {
      if (ended || !become('batches')) return;
      const bad = batchError(item, `Stage '${stage}' of pipeline '${context.pipeline}'`, 'materialise stage');
      if (bad !== undefined) return failColumns(bad);
      came += item.rows;
      taken += item.rows;
      if (known !== undefined && !sameColumns(known, item.schema)) {
        failColumns(otherColumns(known, item.schema, context));
        return;
      }
      if (known === undefined) tell(item.schema);
      try {
        relieve(memory, stage, item.bytes, overflow);
        deliver(item);
      } catch (error) {
        failOf(error);
      }
    },
    complete() {
      if (ended) return;
      if (kind !== 'batches') build(undefined, true);
      if (ended) return;
      try {
        rejecter.finish(came, taken + (builder?.rows() ?? 0));
        options.watch?.complete();
      } catch (error) {
        failColumns(error);
        return;
      }
      ended = true;
      const [completing, completingHold, completingRejects] = [feeds, hold, rejects];
      feeds = [];
      hold = undefined;
      rejects = undefined;
      dropBuilder();
      for (const feed of completing) feed.complete(came + (options.rejected ?? 0));
      completingHold?.complete();
      completingRejects?.complete();
    },
    fail,
  };
}
