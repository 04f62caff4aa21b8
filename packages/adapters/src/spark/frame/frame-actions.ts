// Owns what a frame can be asked to do: each method makes the server work, and says how that went.
import { type RowsElsewhere, rowsElsewhere } from '@tailrace/core';
import type { RecordBatch } from 'apache-arrow';
import { call, lit } from '../column/column.js';
import { shortNumber } from '../column/whole-number.js';
import { planDoing, planOf, type StorageLevel } from '../protocol/command.js';
import { groupTypes, type Relation } from '../protocol/relation.js';
import { explainModes } from '../protocol/requests.js';
import { arrowBatches, type ResultBatch } from './arrow-batches.js';
import type { ActionOptions, CallSettings, Engine } from './engine.js';
import { type PlanOfSession, persistByHand, type UnpersistOptions, unpersistByHand } from './persisting.js';
import { collectRows, type RowForms } from './rows.js';
import { fieldsOf, type SparkField } from './spark-schema.js';
import { levelName, type StorageLevelName } from './storage-level.js';
import { createFrameWriter, type FrameWriter } from './writer.js';

/** Options of actions that give rows. */
export type CollectOptions = ActionOptions &
  RowForms & {
    /** Bytes that the rows may take on the wire. Default: as the session has it. */
    readonly maxCollectBytes?: number;
  };

/** How much `explain` tells: `simple`, `extended`, `codegen`, `cost` or `formatted`. */
export type ExplainMode = keyof typeof explainModes;

let engineIn: (frame: FrameActions<object>) => Engine;

/** Of runs: what a frame asks its session by. No user needs it, so that it is no member that they see. */
export const engineOf = (frame: FrameActions<object>): Engine => engineIn(frame);

/**
 * The base of a frame: what it is, and what can be done with it.
 *
 * Each action throws a SparkError where Spark fails, a CancelledError when its signal is aborted, and an OverflowError for
 * results beyond the limits of its session.
 */
export abstract class FrameActions<out R extends object> implements RowsElsewhere<'Spark'> {
  /** Holds the type of rows alone; never set. */
  declare readonly row: R;
  /** The plan, as data. */
  readonly relation: Relation;
  protected readonly engine: Engine;

  static {
    engineIn = (frame) => frame.engine;
  }

  constructor(engine: Engine, relation: Relation) {
    this.engine = engine;
    this.relation = relation;
  }

  /** As an item of a pipeline it has no rows here: those are with Spark. */
  get [rowsElsewhere](): 'Spark' {
    return 'Spark';
  }

  /** Writes the rows where the server puts files and tables. */
  get write(): FrameWriter {
    return createFrameWriter(this.engine, this.relation);
  }

  /** How many rows there are. Computes every partition: on a persisted frame, this is what fills its cache. */
  async count(options: ActionOptions = {}): Promise<number> {
    const counted = this.engine.relation('aggregate', {
      input: this.relation,
      groupType: groupTypes.groupBy,
      groupingExpressions: [],
      aggregateExpressions: [call('count', lit(1)).as('count').expression],
    });
    const [row] = await this.#rowsOf<{ count: bigint }>(counted, 'count rows', options);
    return Number(row?.count ?? 0n);
  }

  /** All rows, within a limit of bytes. @throws OverflowError for more; SCHEMA_INVALID for columns that no row can hold */
  collect(options: CollectOptions = {}): Promise<R[]> {
    return this.#rowsOf(this.relation, 'collect rows', options);
  }

  /** The first rows, as far as there are any. Computes no more partitions than it needs. */
  async take(rows: number, options: CollectOptions = {}): Promise<R[]> {
    return this.#rowsOf(this.#limited(shortNumber('rows of take', rows)), 'take rows', options);
  }

  /** The first row; undefined when there is none. */
  async first(options: CollectOptions = {}): Promise<R | undefined> {
    const [row] = await this.take(1, options);
    return row;
  }

  /** Whether there is no row. Computes no more partitions than it needs. */
  async isEmpty(options: ActionOptions = {}): Promise<boolean> {
    const operation = 'look for a row';
    const nothing = this.engine.relation('project', {
      input: this.#limited(1),
      expressions: [lit(1).expression],
    });
    for await (const { rows } of this.#batchesOf(nothing, operation, options)) if (rows > 0) return false;
    return true;
  }

  /**
   * The rows as record batches of Arrow, one at a time: the next is asked for when the last was taken. Leaving early stops the
   * job.
   */
  async *batches(options: ActionOptions = {}): AsyncGenerator<RecordBatch> {
    for await (const { batch } of this.#batchesOf(this.relation, 'read batches', options)) yield batch;
  }

  /** The columns. Analyses the plan, runs nothing. */
  async schema(options: CallSettings = {}): Promise<SparkField[]> {
    const analyze = { case: 'schema', value: { plan: planOf(this.relation) } } as const;
    const answer = await this.engine.analyze(analyze, 'read the schema', options);
    return fieldsOf(answer?.schema);
  }

  /** What Spark would do, in its own words. */
  async explain(mode: ExplainMode = 'simple', options: CallSettings = {}): Promise<string> {
    const value = { plan: planOf(this.relation), explainMode: explainModes[mode] };
    const answer = await this.engine.analyze({ case: 'explain', value }, 'explain the plan', options);
    return answer?.explainString ?? '';
  }

  /** The files that would be read. */
  async inputFiles(options: CallSettings = {}): Promise<readonly string[]> {
    const analyze = { case: 'inputFiles', value: { plan: planOf(this.relation) } } as const;
    return (await this.engine.analyze(analyze, 'list input files', options))?.files ?? [];
  }

  /** The first rows as a table of text. @param truncate characters of a value that are shown; 0 for all */
  async showString(rows = 20, truncate = 20, options: ActionOptions = {}): Promise<string> {
    const value = {
      input: this.relation,
      numRows: shortNumber('rows of showString', rows),
      truncate: shortNumber('truncate of showString', truncate),
      vertical: false,
    };
    const shown = this.engine.relation('showString', value);
    const [row] = await this.#rowsOf<{ show_string: string }>(shown, 'show rows', options);
    return row?.show_string ?? '';
  }

  /**
   * Has Spark keep what this plan gives, from when it is first computed. That alone computes nothing, and `take(1)` computes
   * only what it needs; `count()` fills every partition. It is let go of by `unpersist` and with the session; the same plan of
   * another session of that server shares it. It stays when runs of this process let go of an equal plan,
   * unless the server of this session cannot be reached.
   */
  async persist(level: StorageLevelName = 'MEMORY_AND_DISK', options: CallSettings = {}): Promise<void> {
    await persistByHand(this.#plan, level, options);
  }

  /** Lets go of what was kept, for all sessions of that server. */
  async unpersist(options: UnpersistOptions = {}): Promise<void> {
    await unpersistByHand(this.#plan, options);
  }

  /** How this plan is kept; undefined when it is not, or in a way that has no name here. */
  async storageLevel(options: CallSettings = {}): Promise<StorageLevelName | undefined> {
    return levelName(await this.#level(options));
  }

  /** Whether Spark keeps this plan, in whatever way. */
  async isPersisted(options: CallSettings = {}): Promise<boolean> {
    const level = await this.#level(options);
    return level !== undefined && (level.useDisk || level.useMemory || level.useOffHeap);
  }

  /** Gives the rows a name in this session, for SQL. */
  async createTempView(
    name: string,
    options: ActionOptions & { readonly replace?: boolean; readonly global?: boolean } = {},
  ): Promise<void> {
    const { replace = false, global: isGlobal = false } = options;
    const plan = planDoing({
      case: 'createDataframeView',
      value: { input: this.relation, name, isGlobal, replace },
    });
    for await (const _response of this.engine.execute(plan, `create the view ${name}`, options));
  }

  async #level(options: CallSettings): Promise<StorageLevel | undefined> {
    const value = { relation: this.relation };
    const asked = { case: 'getStorageLevel', value } as const;
    return (await this.engine.analyze(asked, 'read the storage level', options))?.storageLevel;
  }

  get #plan(): PlanOfSession {
    return { session: this.engine, relation: this.relation };
  }

  #limited(limit: number): Relation {
    return this.engine.relation('limit', { input: this.relation, limit });
  }

  #batchesOf(relation: Relation, operation: string, options: ActionOptions): AsyncGenerator<ResultBatch> {
    const responses = this.engine.execute(planOf(relation), operation, options);
    return arrowBatches(responses, this.engine.maxBatchBytes, operation);
  }

  #rowsOf<T>(relation: Relation, operation: string, options: CollectOptions): Promise<T[]> {
    const { int64, timestamps, maxCollectBytes = this.engine.maxCollectBytes } = options;
    const forms = {
      ...(int64 === undefined ? {} : { int64 }),
      ...(timestamps === undefined ? {} : { timestamps }),
    };
    return collectRows(this.#batchesOf(relation, operation, options), forms, maxCollectBytes, operation);
  }
}
