// Owns the data side of one output: its writes' batches, what they prepared, its numbers. The output machine holds the
// states; this holds what must never enter a machine.
import { type Batch, batchData } from '../batch/batch.js';
import { contentBytes } from '../batch/content-bytes.js';
import { describeSchema, type Schema, sameColumns } from '../batch/schema.js';
import { toPlainError } from '../errors/plain-error.js';
import { TailraceError } from '../errors/tailrace-error.js';
import type { Memory, Spillable, SpilledBatch } from '../materialise/memory.js';
import { createCutter } from '../output/cut.js';
import type { OutputFeed } from '../output/feed.js';
import { createLedger, type Ledger } from '../output/ledger.js';
import type { OutputEvent } from '../output/output-events.js';
import { createRetryBudget, type RetryBudget, type RetryLimits } from '../retry/budget.js';
import type { DiskFullSettings } from '../retry/disk-full.js';
import type { RetryPolicy } from '../retry/policy.js';
import type { Committed, Sink, SinkDefinition, SinkGroup } from '../sink/sink.js';
import type { CommitGroup } from './commit-group.js';
import { createFifo } from './fifo.js';
import { createNumbers, type OutputNumbers } from './output-numbers.js';
import { createPreparedWrites, type PreparedWrites } from './prepared-writes.js';
import { spillWrites } from './spill-writes.js';

export interface OutputSettings extends DiskFullSettings {
  readonly name: string;
  readonly sink: Sink<never>;
  readonly runId: string;
  readonly retry: RetryPolicy;
  readonly retryLimits: RetryLimits;
  readonly timeoutMs: number;
  readonly stallMs: number;
  readonly slow: 'pace' | 'spill';
  readonly writeRows: number;
  readonly writeBytes: number;
  readonly schema: Schema | undefined;
  /** Puts something between the pool and the main-thread half of the sink: a journal, for instance. */
  readonly around?: ((definition: SinkDefinition) => SinkDefinition) | undefined;
  /** The outputs that it commits together with. */
  readonly group?: CommitGroup | undefined;
  /** A write has all its batches: the one of this 0-based number. */
  readonly onSealed?: ((write: number) => void) | undefined;
}

export interface WriteRecord {
  readonly writeId: string;
  readonly index: number;
  readonly ledger: Ledger;
  /** It has an actor, or had one; the others wait for one. */
  opened: boolean;
  /** When a batch was last given to its attempt or taken by it, or the write was sealed; of the pool's clock. */
  movedAt: number;
}

export interface OutputRecord extends OutputSettings {
  readonly outputId: string;
  readonly feed: OutputFeed;
  /** The output takes nothing more: tells its producer. */
  stopFeed(): void;
  /** Those that are not prepared. */
  readonly writes: ReadonlyMap<string, WriteRecord>;
  /** Those of them that an attempt has now. */
  readonly running: Set<WriteRecord>;
  /** Those that wait for room on a full disk. */
  readonly paused: Set<WriteRecord>;
  readonly retryBudget: RetryBudget;
  /** How many of `writes` have all their batches. */
  readonly sealedWrites: number;
  /** A write is prepared: its batches are let go. */
  drop(write: WriteRecord): void;
  readonly preparedWrites: PreparedWrites;
  readonly numbers: OutputNumbers;
  readonly spillable: Spillable;
  /** Filled in by the pool's effects as the output goes through its states. */
  definition: SinkDefinition | undefined;
  staging: { readonly value: unknown } | undefined;
  /** What a commit, or the look at one, has said, also when nobody waited for it any more. */
  committed: Committed | undefined;
  /** How its sink takes part in the group. */
  groupHalf: SinkGroup | undefined;
  /** Settles when `begin` has, either way. */
  beginning: Promise<unknown> | undefined;
  /** Resolves when the sink has accepted the schema. */
  checked: Promise<void> | undefined;
  schemaNow: Schema | undefined;
  /** The output machine is active and `prepared` of its writes are: it is sent what was held back. */
  advance(prepared: number): void;
  /** The output has ended: everything is let go. */
  close(): void;
  heldBytes(): number;
}

export interface OutputRecordOptions {
  readonly outputId: string;
  readonly settings: OutputSettings;
  readonly memory: Memory;
  readonly now: () => number;
  readonly send: (event: OutputEvent) => void;
  /** Write actors that may be alive at once: starting one costs XState a copy of the list of them all. */
  readonly maxLiveWrites: () => number;
  /** The schema has become known. */
  readonly onSchema: (schema: Schema) => void;
}

export function createOutputRecord(options: OutputRecordOptions): OutputRecord {
  const { outputId, settings, memory, send } = options;
  const writes = new Map<string, WriteRecord>();
  const { writeRows, writeBytes, sink } = settings;
  const cutter = createCutter({ rows: writeRows, bytes: writeBytes, single: sink.single });
  const numbers = createNumbers(options.now());
  /** Those without an actor: plain data, however many. */
  const unopened = createFifo<WriteRecord>();
  let current: WriteRecord | undefined;
  let held = 0;
  let sealed = 0;
  let active = false;
  let opened = 0;
  let prepared = 0;
  let ended = false;
  let toldEnd = false;
  let closed = false;
  const onClosed: (() => void)[] = [];

  const onHeld = (deltaBytes: number): void => {
    held += deltaBytes;
    if (held > numbers.peakHeldBytes) numbers.peakHeldBytes = held;
  };

  /** Sends the machine what it may have by now: writes in their order, and at last that there are no more. */
  const tellMachine = (): void => {
    if (!active || toldEnd) return;
    const { stallMs, timeoutMs } = settings;
    while (unopened.size > 0) {
      if (opened - prepared >= options.maxLiveWrites()) return;
      const write = unopened.shift();
      if (write === undefined) break;
      const { writeId, ledger } = write;
      write.opened = true;
      opened += 1;
      send({ type: 'write.opened', write: { writeId, stallMs, timeoutMs } });
      if (ledger.sealed) send({ type: 'write.wasSealed', writeId });
    }
    if (!ended) return;
    toldEnd = true;
    send({ type: 'output.ended' });
  };

  const openWrite = (): WriteRecord => {
    const index = numbers.writes;
    numbers.writes += 1;
    const writeId = `${outputId}/${index}`;
    const write: WriteRecord = {
      writeId,
      index,
      ledger: createLedger({ memory, ahead: settings.slow === 'spill', onHeld }),
      opened: false,
      movedAt: options.now(),
    };
    writes.set(writeId, write);
    unopened.push(write);
    tellMachine();
    return write;
  };

  const seal = (write: WriteRecord): void => {
    write.ledger.seal();
    write.movedAt = options.now();
    sealed += 1;
    settings.onSealed?.(write.index);
    if (write.opened) send({ type: 'write.wasSealed', writeId: write.writeId });
  };

  const took = (rows: number, bytes: number): void => {
    numbers.rows += rows;
    numbers.bytes += bytes;
    numbers.batches += 1;
    if (current !== undefined && cutter.take(rows, bytes)) {
      const full = current;
      current = undefined;
      seal(full);
    }
  };

  const close = (): void => {
    if (closed) return;
    closed = true;
    for (const listener of onClosed.splice(0)) listener();
  };

  const feed: OutputFeed = {
    name: settings.name,
    takesFrom: settings.sink.takesFrom,
    runId: settings.runId,
    schema(schema) {
      if (record.schemaNow !== undefined) return;
      record.schemaNow = schema;
      options.onSchema(schema);
    },
    push(batch: Batch<unknown>) {
      if (closed || ended) return;
      const data = batchData(batch);
      // Batches cross without their schema, and the worker reads them by that of the output.
      if (record.schemaNow !== undefined && !sameColumns(record.schemaNow, data.schema)) {
        feed.fail(otherColumns(settings.name, record.schemaNow, data.schema));
        return;
      }
      current ??= openWrite();
      current.ledger.append(batch);
      // What is in it, not what it holds: the same for a batch that has been to disk and back.
      took(batch.rows, contentBytes(data));
    },
    pushSpilled(spilled: SpilledBatch, release) {
      if (closed || ended) {
        release();
        return;
      }
      current ??= openWrite();
      current.ledger.appendSpilled(spilled, release);
      took(spilled.rows, spilled.contentBytes);
    },
    refused(rows) {
      if (!closed && !ended) numbers.rejected = (numbers.rejected ?? 0) + rows;
    },
    complete(came) {
      if (closed || ended) return;
      numbers.came = came;
      // An output without rows still is an output: one write of no batches gives it its file.
      if (numbers.writes === 0) current = openWrite();
      if (current !== undefined) seal(current);
      current = undefined;
      ended = true;
      tellMachine();
    },
    fail(error) {
      if (closed || ended) return;
      ended = true;
      const plain = toPlainError(error, { code: 'STAGE_FAILED', operation: 'feed output' });
      send({ type: 'output.failed', error: plain });
    },
    get closed() {
      return closed || ended;
    },
    onClosed(listener) {
      if (closed) listener();
      else onClosed.push(listener);
    },
  };

  const spillable = spillWrites(`output ${settings.name}`, writes);
  const removeSpillable = memory.addSpillable(spillable);

  const record: OutputRecord = {
    ...settings,
    outputId,
    feed,
    writes,
    running: new Set(),
    paused: new Set(),
    retryBudget: createRetryBudget(`output ${settings.name}`, 'output', settings.retryLimits),
    get sealedWrites() {
      return sealed;
    },
    drop(write) {
      write.ledger.release();
      if (writes.delete(write.writeId)) sealed -= 1;
    },
    preparedWrites: createPreparedWrites(),
    numbers,
    definition: undefined,
    staging: undefined,
    committed: undefined,
    groupHalf: undefined,
    beginning: undefined,
    checked: undefined,
    schemaNow: settings.schema,
    spillable,
    stopFeed: close,
    advance(preparedNow) {
      active = true;
      prepared = preparedNow;
      tellMachine();
    },
    close() {
      removeSpillable();
      for (const write of writes.values()) write.ledger.release();
      writes.clear();
      close();
    },
    heldBytes: () => held,
  };
  return record;
}

function otherColumns(output: string, known: Schema, came: Schema): TailraceError {
  return new TailraceError(
    `Output ${output} was given a batch of other columns than before: ${describeSchema(came)} instead of ` +
      `${describeSchema(known)}. All batches of an output have one schema: bring them to it before.`,
    { code: 'SCHEMA_INVALID', operation: 'feed output', context: { output } },
  );
}
