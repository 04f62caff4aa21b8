// Owns the way from items to batches: the schema is known or inferred, rows are written, full batches handed on.
import type { Batch } from '../batch/batch.js';
import { checkSchema } from '../batch/check-schema.js';
import type { Schema } from '../batch/schema.js';
import { shownOption } from '../errors/check-options.js';
import { PlanError } from '../errors/named-errors.js';
import { TailraceError } from '../errors/tailrace-error.js';
import { type Columns, createColumns } from './columns.js';
import type { Memory } from './memory.js';
import { type Overflow, relieve } from './relieve.js';
import type { RowSite } from './row-site.js';
import type { ColumnPolicies } from './row-writer.js';
import { createSample, type Sample } from './sample.js';

/** How batches are cut. By rows and bytes only, never by time: a rerun cuts the same. */
export interface BatchOptions {
  /** Rows at which a batch is full. Default 65,536. */
  readonly batchRows?: number | undefined;
  /** Bytes of column data at which a batch is full. Default 4,194,304 (4 MiB). */
  readonly batchBytes?: number | undefined;
  /** Rows from which a schema is inferred when none is declared. Default 4,096. */
  readonly sampleRows?: number | undefined;
}

export interface BatchBuilderOptions<R> extends BatchOptions, ColumnPolicies {
  readonly memory: Memory;
  /** Name of the stage, for messages. */
  readonly stage: string;
  /** Declared schema; without it, one is inferred and then enforced. */
  readonly schema?: Schema<R> | undefined;
  /**
   * Whether a column of text becomes a dictionary when its type is inferred and its strings repeat, which spares whoever
   * encodes it the looking up. Default true.
   */
  readonly findRepeats?: boolean | undefined;
  /** What to do when a batch is sealed over the budget's limit. Default `spill`. */
  readonly overflow?: Overflow | undefined;
  /** Called once, before the first batch and at the latest in `finish`. */
  onSchema(schema: Schema<R>): void;
  /** Takes over one reference, to be released. */
  onBatch(batch: Batch<R>): void;
}

/** Calls come one after the other. After an error of `push` the row is left out, and the builder takes further rows. */
export interface BatchBuilder<R> {
  /**
   * Takes one item. Throws a ValueError for a value that does not fit its column, SCHEMA_INVALID for an item that is no
   * row or has a property that is no column, OVERFLOW where the budget is full and spilling is not allowed.
   */
  push(item: R): void;
  /** Hands on the rows taken so far as a batch, whatever its size. */
  flush(): void;
  /**
   * Hands on what is left. Input that was empty, with no schema declared, gets a schema without fields and no batch.
   * Throws SCHEMA_INVALID when a column's type could not be inferred. Nothing may follow.
   */
  finish(): void;
  /** Drops what is left and gives its memory back. Idempotent; also after `finish`. */
  discard(): void;
  /** Rows taken, rejected ones not counted. */
  rows(): number;
}

const defaults = { batchRows: 65_536, batchBytes: 4 * 2 ** 20, sampleRows: 4_096 };

function positive(name: keyof typeof defaults, value: number | undefined): number {
  const checked = value ?? defaults[name];
  if (Number.isSafeInteger(checked) && checked > 0) return checked;
  throw new PlanError(`${name} must be a positive whole number; it was ${shownOption(value)}.`, {
    operation: 'build batches',
  });
}

/** Makes a builder; nothing is allocated before the first row. Throws PLAN_INVALID for options out of range. */
export function createBatchBuilder<R>(options: BatchBuilderOptions<R>): BatchBuilder<R> {
  const { memory, stage, overflow = 'spill', findRepeats = true, onSchema, onBatch } = options;
  const batchRows = positive('batchRows', options.batchRows);
  const batchBytes = positive('batchBytes', options.batchBytes);
  const sampleRows = positive('sampleRows', options.sampleRows);
  if (options.schema !== undefined) checkSchema(options.schema, `Stage "${stage}"`, 'build batches');
  const site: RowSite = { stage, item: -1 };
  let columns: Columns | undefined;
  let sample: Sample | undefined;
  let rows = 0;
  let closed = false;
  let discarded = false;

  const start = (schema: Schema<R>): Columns => {
    const limits = { rows: batchRows, bytes: batchBytes };
    const started = createColumns(schema, memory.slabs, site, limits, undefined, options);
    columns = started;
    onSchema(schema);
    return started;
  };

  const seal = (from: Columns): void => {
    const batch = from.seal<R>();
    try {
      relieve(memory, stage, batch.bytes, overflow);
    } catch (error) {
      batch.release();
      throw error;
    }
    onBatch(batch);
  };

  const startFromSample = (): Columns | undefined => {
    if (sample === undefined) return undefined;
    // The inferred schema stands for the type of the rows it was inferred from.
    const schema = sample.schema(findRepeats) as Schema<R>;
    const held = sample;
    sample = undefined;
    const started = start(schema);
    for (const row of held.rows) {
      // Who takes a batch may give up the stage while it does.
      if (discarded) break;
      if (started.append(row)) seal(started);
    }
    return started;
  };

  const ensureOpen = (): void => {
    if (!closed) return;
    throw new TailraceError(`Stage "${stage}": rows were pushed after its batches were finished.`, {
      code: 'CLOSED',
      operation: 'materialise rows',
      context: { stage },
    });
  };

  const takeFirst = (item: R): void => {
    if (options.schema !== undefined) {
      const started = start(options.schema);
      if (started.append(item)) seal(started);
      return;
    }
    sample ??= createSample(site, sampleRows, batchBytes);
    sample.add(item);
    if (sample.full) startFromSample();
  };

  const flush = (): void => {
    const open = columns ?? startFromSample();
    if (open !== undefined && !open.isEmpty()) seal(open);
  };

  return {
    rows: () => rows,
    push(item) {
      ensureOpen();
      // Before anything else, so that a row that is rejected is counted too.
      site.item += 1;
      if (columns === undefined) takeFirst(item);
      else if (columns.append(item)) seal(columns);
      rows += 1;
    },
    flush() {
      ensureOpen();
      flush();
    },
    finish() {
      if (closed) return;
      closed = true;
      try {
        flush();
        // An empty schema stands for any row type: there are no rows.
        if (columns === undefined) onSchema(options.schema ?? ({ fields: [] } as Schema<R>));
      } finally {
        columns?.free();
      }
    },
    discard() {
      closed = true;
      discarded = true;
      sample = undefined;
      columns?.free();
    },
  };
}
