// Owns the session with a Spark server: what it can be asked for, from connecting to closing.
import { randomUUID } from 'node:crypto';
import { inferSchema, PlanError, type Schema, systemClock, TailraceError } from '@tailrace/core';
import type { Batch } from '@tailrace/core/sink';
import { openChannel } from '../client/channel.js';
import { type Connection, createConnection } from '../client/connection.js';
import { parseConnection, serverOf } from '../client/connection-string.js';
import { retryDefaults } from '../client/retry.js';
import { type LiteralValue, literal } from '../column/literal.js';
import { shortNumber, wholeNumber } from '../column/whole-number.js';
import { DataFrame, type Row } from '../frame/data-frame.js';
import type { ActionOptions, CallSettings, Engine } from '../frame/engine.js';
import { arrowOfBatches, arrowOfRows } from '../frame/local-data.js';
import { createFrameReader, type FrameReader } from '../frame/reader.js';
import { planDoing } from '../protocol/command.js';
import type { Relation } from '../protocol/relation.js';
import { interruptTypes } from '../protocol/requests.js';
import { type Attachment, attachmentTo, optionsOf } from './attachment.js';
import { createConf, type SparkConf } from './conf.js';
import { createEngine } from './create-engine.js';
import { endQuietly, endSession } from './end-session.js';
import { checkSparkOptions, type SparkOptions, sessionDefaults } from './session-options.js';
import { hearWarnings, warnOpener } from './warnings.js';

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

/**
 * Opens a session with a Spark Connect server (Spark 4 or newer).
 *
 * @param url `sc://host:port/;token=...;use_ssl=true`; parameters that Spark does not know become headers of every call, as
 *   Databricks wants its cluster named (`x-databricks-cluster-id`)
 * @throws PlanError for a wrong connection string and where optional packages are missing; SparkError where no server answers,
 *   after
 *   as many tries as `retry` says; CancelledError
 * @example await using spark = await connectSpark('sc://127.0.0.1:15002', { userId: 'sim' });
 */
export async function connectSpark(
  url: string,
  options: SparkOptions = {},
): Promise<SparkSession & AsyncDisposable> {
  const { onWarning } = options;
  let unheard = async (): Promise<void> => {};
  const session = await open(url, options, true, undefined, () => unheard());
  if (onWarning !== undefined) unheard = hearWarnings(session.sessionId, onWarning);
  const { clientObservedServerSideSessionId: observed } = innerOf(session).connection.inSession();
  attachments.set(session, attachmentTo(url, { sessionId: session.sessionId, observed }, options));
  return session;
}

const attachments = new WeakMap<SparkSession, Attachment>();
const inners = new WeakMap<SparkSession, Inner>();

interface Inner {
  readonly connection: Connection;
  readonly engine: Engine;
}

/** What of a session the pipeline needs and users do not. */
export function innerOf(session: SparkSession): Inner {
  const inner = inners.get(session);
  if (inner !== undefined) return inner;
  throw notOurs();
}

const notOurs = (): PlanError =>
  new PlanError(
    'What was given as a session is none that connectSpark has opened here. Give what it resolved with, unwrapped; two ' +
      'copies of ' +
      '@tailrace/adapters do not share sessions.',
    { operation: 'use a Spark session' },
  );

/** @throws PlanError for what `connectSpark` has not given */
export function attachmentOf(session: SparkSession): Attachment {
  const attachment = attachments.get(session);
  if (attachment !== undefined) return attachment;
  throw notOurs();
}

/** The session that another thread has opened, over a connection of its own. Closing it leaves the session open on the server. */
export function attachSpark(
  attachment: Attachment,
  signal?: AbortSignal,
): Promise<SparkSession & AsyncDisposable> {
  return open(attachment.url, optionsFor(attachment, signal), false, attachment);
}

/** Another session with the server of one that may be lost. Closing it ends it. */
export function connectAnew(
  attachment: Attachment,
  signal?: AbortSignal,
): Promise<SparkSession & AsyncDisposable> {
  return open(attachment.url, optionsFor(attachment, signal), true, { sessionId: randomUUID() });
}

const optionsFor = (attachment: Attachment, signal: AbortSignal | undefined): SparkOptions => ({
  ...optionsOf(attachment),
  onWarning: (problem) => warnOpener(attachment, problem),
  ...(signal && { signal }),
});

async function open(
  url: string,
  options: SparkOptions,
  isOwner: boolean,
  attached?: Pick<Attachment, 'sessionId' | 'observed'>,
  onClosed: () => Promise<void> = async () => {},
): Promise<SparkSession & AsyncDisposable> {
  checkSparkOptions(options);
  const endpoint = parseConnection(url);
  if (options.rootCertificates !== undefined && !endpoint.tls)
    throw new PlanError(
      `rootCertificates were given for '${serverOf(endpoint)}', and its connection string does not ask for TLS. Add use_ssl=true to it.`,
      { operation: 'connect to spark' },
    );
  const settings = { ...sessionDefaults, ...definedOf(options) };
  const channel = await openChannel(endpoint, settings);
  const connection = createConnection({
    channel,
    observed: attached?.observed,
    sessionId: attached?.sessionId ?? endpoint.sessionId ?? randomUUID(),
    userId: options.userId ?? endpoint.userId ?? 'tailrace',
    userAgent: endpoint.userAgent ?? `tailrace node/${process.versions.node}`,
    limits: { ...retryDefaults, ...options.retry },
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    warn: options.onWarning ?? ((problem) => process.emitWarning(problem)),
  });
  try {
    const engine = createEngine(connection, { ...settings, server: serverOf(endpoint) }, options.tags ?? []);
    const asked = { case: 'sparkVersion', value: {} } as const;
    const { signal } = options;
    const answer = await engine.analyze(asked, 'read the version of the server', { signal });
    const conf = createConf(connection);
    if (options.confs !== undefined) await conf.set(options.confs, { signal });
    const version = answer?.version ?? 'unknown';
    const parts = { connection, engine, conf, version, isOwner, onClosed };
    const session = createSession(parts, settings.maxMessageBytes);
    inners.set(session, { connection, engine });
    return session;
  } catch (error) {
    if (isOwner) await endQuietly(connection);
    channel.close();
    throw error;
  }
}

function definedOf<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  // Options that are undefined leave the defaults as they are.
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
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

function createSession(
  { connection, engine, conf, version, isOwner, onClosed }: SessionParts,
  maxMessageBytes: number,
): SparkSession & AsyncDisposable {
  const { sessionId, channel } = connection;
  const read = createFrameReader(engine);
  let closing: Promise<void> | undefined;
  const sqlRelation = (query: string, args: SqlArguments | undefined) =>
    engine.relation('sql', { query, ...argumentsOf(args) });
  const localFrame = <R extends object>(data: Uint8Array): DataFrame<R> =>
    new DataFrame(engine, engine.relation('localRelation', { data }));
  // What a message has besides the data is little.
  const maxLocalBytes = Math.floor(maxMessageBytes * 0.9);
  const close = async ({ signal }: CallSettings): Promise<void> => {
    try {
      await connection.settled();
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
          'look at what it ' +
          'was to change, and use a server of Spark 4 or newer.',
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
