// Owns what an open session with a Spark server can be asked for, until it is closed.
import { inferSchema, type Schema, TailraceError } from '@tailrace/core';
import type { Batch } from '@tailrace/core/sink';
import type { Connection } from '../client/connection.js';
import { type LiteralValue, literal } from '../column/literal.js';
import { shortNumber, wholeNumber } from '../column/whole-number.js';
import { DataFrame, type Row } from '../frame/data-frame.js';
import type { ActionOptions, CallSettings, Engine } from '../frame/engine.js';
import { nothingByHandIn } from '../frame/equal-plans.js';
import { arrowOfBatches, arrowOfRows } from '../frame/local-data.js';
import { createFrameReader, type FrameReader } from '../frame/reader.js';
import { planDoing } from '../protocol/command.js';
import type { Relation } from '../protocol/relation.js';
import { interruptTypes } from '../protocol/requests.js';
import type { SparkConf } from './conf.js';
import { endSession } from './end-session.js';

/** Values for the places of a query: `:name`, or `?` in order. They are never put into its text. */
export type SqlArguments = Readonly<Record<string, LiteralValue>> | readonly LiteralValue[];

/** What is to be stopped: everything of the session, what has a tag, or one execution. */
export type Interruption = 'all' | { readonly tag: string } | { readonly operationId: string };

/**
 * A session with a Spark server, as `connectSpark` opens it. What gives a frame asks no server; what gives a promise does, and
 * throws a SparkError where Spark fails, a CancelledError when its signal is aborted, and a TailraceError with the code CLOSED
 * behind `close`.
 */
export interface SparkSession {
  /** A UUID: that of the connection string, else a new one. */
  readonly sessionId: string;
  /** Version of the server: `4.0.1`. */
  readonly version: string;
  /** Frames over files and tables. */
  readonly read: FrameReader;
  /** Settings of this session. */
  readonly conf: SparkConf;
  /** Numbers from `start` to before `end`, as the column `id`. With one number: from 0 to before it. */
  range(start: number | bigint, end?: number | bigint, options?: RangeOptions): DataFrame<{ id: bigint }>;
  /** What a query gives, computed when it is asked for. Statements that change something belong to `run`. */
  sql<R extends object = Row>(query: string, args?: SqlArguments): DataFrame<R>;
  /** Runs a statement now: `CREATE TABLE`, `INSERT`, `DROP VIEW`. The frame has what it gives. */
  run<R extends object = Row>(
    statement: string,
    args?: SqlArguments,
    options?: ActionOptions,
  ): Promise<DataFrame<R>>;
  /** A table or a view of the catalog. */
  table<R extends object = Row>(name: string): DataFrame<R>;
  /**
   * Rows of this process. They go with every plan that uses them: for small tables. Without a schema, theirs is inferred.
   * @throws OverflowError for more than a message holds; a ValueError or SCHEMA_INVALID for rows that no schema fits
   */
  fromRows<R extends object>(rows: readonly R[], schema?: Schema<R>): DataFrame<R>;
  /**
   * Batches of this process, in types that Spark has: times in microseconds, no dictionaries. @throws OverflowError as
   * `fromRows`
   */
  fromBatches<R extends object>(batches: readonly Batch<R>[]): DataFrame<R>;
  /** Stops executions on the server. Gives their ids. */
  interrupt(what: Interruption, options?: CallSettings): Promise<readonly string[]>;
  /**
   * Has the server let go of what this session persisted, ends the session there, and the connection. Again: does nothing. A
   * plan that another session has persisted too is let go of for both.
   */
  close(options?: CallSettings): Promise<void>;
}

/** Options of `range`. */
export interface RangeOptions {
  /** Default 1. */
  readonly step?: number | bigint;
  /** How many partitions it has. Default: as the server has cores. */
  readonly partitions?: number;
}

interface SessionParts {
  readonly connection: Connection;
  readonly engine: Engine;
  readonly conf: SparkConf;
  readonly version: string;
  /** Whether closing ends the session on the server. */
  readonly isOwner: boolean;
  /** Waited for when it is closed, however that went. */
  readonly onClosed: () => Promise<void>;
}

/** @param maxMessageBytes of a request: local rows must fit into one */
export function createSession(
  { connection, engine, conf, version, isOwner, onClosed }: SessionParts,
  maxMessageBytes: number,
): SparkSession & AsyncDisposable {
  const { sessionId, channel } = connection;
  const read = createFrameReader(engine);
  let closing: Promise<void> | undefined;
  // Nobody can give up for it any more what it held.
  connection.whenLost(() => nothingByHandIn(engine));
  const sqlRelation = (query: string, args: SqlArguments | undefined) =>
    engine.relation('sql', { query, ...argumentsOf(args) });
  const localFrame = <R extends object>(data: Uint8Array): DataFrame<R> =>
    new DataFrame(engine, engine.relation('localRelation', { data }));
  // What a message has besides the data is little.
  const maxLocalBytes = Math.floor(maxMessageBytes * 0.9);
  const close = async ({ signal }: CallSettings): Promise<void> => {
    try {
      await connection.settled();
      // Before Spark is asked to let go of them: what a run holds of equal plans meanwhile is let go of by that run.
      nothingByHandIn(engine);
      if (isOwner) await endSession(connection, engine.kept, { signal });
    } finally {
      channel.close();
      await onClosed();
    }
  };

  return {
    sessionId,
    version,
    read,
    conf,
    table: (name) => read.table(name),
    range: (start, end, { step = 1, partitions } = {}) => {
      const whole = (name: string, given: number | bigint) => BigInt(wholeNumber(`${name} of range`, given));
      const [from, to] =
        end === undefined
          ? [0n, whole('the end', start)]
          : [whole('the start', start), whole('the end', end)];
      const value = { start: from, end: to, step: whole('the step', step) };
      const relation =
        partitions === undefined
          ? value
          : { ...value, numPartitions: shortNumber('partitions of range', partitions) };
      return new DataFrame(engine, engine.relation('range', relation));
    },
    sql: (query, args) => new DataFrame(engine, sqlRelation(query, args)),
    run: async (statement, args, options = {}) => {
      const plan = planDoing({ case: 'sqlCommand', value: { input: sqlRelation(statement, args) } });
      let given: Relation | undefined;
      // To the end: leaving early would stop the work, and the server says last that it is done.
      for await (const { responseType } of engine.execute(plan, 'run a statement', options))
        if (responseType.case === 'sqlCommandResult') given = responseType.value.relation;
      if (given !== undefined)
        return new DataFrame(engine, engine.relation(given.relType.case, given.relType.value));
      throw new TailraceError(
        'The server has given no result for a statement, as servers before Spark 4 do. Whether it was run is not known: ' +
          'look at what it was to change, and use a server of Spark 4 or newer.',
        { code: 'ENGINE_FAILED', operation: 'run a statement', context: { outcome: 'unknown' } },
      );
    },
    fromRows: (rows, schema) =>
      // An inferred schema has the columns of the rows that it was inferred from.
      localFrame(
        arrowOfRows(rows, schema ?? (inferSchema(rows, 'fromRows') as Schema<never>), maxLocalBytes),
      ),
    fromBatches: (batches) => localFrame(arrowOfBatches(batches, maxLocalBytes)),
    interrupt: async (what, { signal } = {}) => {
      const request =
        what === 'all'
          ? { interruptType: interruptTypes.all }
          : 'tag' in what
            ? {
                interruptType: interruptTypes.tag,
                interrupt: { case: 'operationTag', value: what.tag } as const,
              }
            : {
                interruptType: interruptTypes.operationId,
                interrupt: { case: 'operationId', value: what.operationId } as const,
              };
      const answer = await connection.unary('Interrupt', request, 'interrupt executions', { signal });
      return answer.interruptedIds;
    },
    close: (options = {}) => {
      closing ??= close(options);
      return closing;
    },
    [Symbol.asyncDispose]: () => {
      closing ??= close({});
      return closing;
    },
  };
}

function argumentsOf(args: SqlArguments | undefined) {
  if (args === undefined) return {};
  // Array.isArray does not narrow a readonly array away from the other form.
  if (Array.isArray(args)) return { posArguments: (args as readonly LiteralValue[]).map(literal) };
  return {
    namedArguments: Object.fromEntries(Object.entries(args).map(([name, value]) => [name, literal(value)])),
  };
}
