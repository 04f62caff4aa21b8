// Owns how a session with a Spark server is opened, anew or from another thread, and what the pipeline needs of one beside what
// users see.
import { randomUUID } from 'node:crypto';
import { PlanError, systemClock } from '@tailrace/core';
import { openChannel } from '../client/channel.js';
import { type Connection, createConnection } from '../client/connection.js';
import { parseConnection, serverOf } from '../client/connection-string.js';
import { createReleases } from '../client/releases.js';
import { retryDefaults } from '../client/retry.js';
import type { Engine } from '../frame/engine.js';
import { type Attachment, attachmentTo, optionsOf } from './attachment.js';
import { createConf } from './conf.js';
import { createEngine } from './create-engine.js';
import { endQuietly } from './end-session.js';
import { checkSparkOptions, type SparkOptions, sessionDefaults } from './session-options.js';
import { createSession, type SparkSession } from './spark-session.js';
import { hearWarnings, warnOpener } from './warnings.js';

/**
 * Opens a session with a Spark Connect server (Spark 4 or newer).
 *
 * @param url `sc://host:port/;token=...;use_ssl=true`; parameters that Spark does not know become headers of every call, as
 *   Databricks wants its cluster named (`x-databricks-cluster-id`)
 * @throws PlanError for a wrong connection string and where optional packages are missing; SparkError where no server answers,
 *   after as many tries as `retry` says; CancelledError
 * @example await using spark = await connectSpark('sc://127.0.0.1:15002', { userId: 'sim' });
 */
export async function connectSpark(
  url: string,
  options: SparkOptions = {},
): Promise<SparkSession & AsyncDisposable> {
  const { onWarning } = options;
  let unheard = async (): Promise<void> => {};
  const session = await open(url, options, true, undefined, () => {
    const key = keyOf(attachmentOf(session));
    // Another one may have been opened with the same id and options.
    if (openers.get(key) === session) openers.delete(key);
    return unheard();
  });
  if (onWarning !== undefined) unheard = hearWarnings(session.sessionId, onWarning);
  const { clientObservedServerSideSessionId: observed } = innerOf(session).connection.inSession();
  const attachment = attachmentTo(url, { sessionId: session.sessionId, observed }, options);
  attachments.set(session, attachment);
  openers.set(keyOf(attachment), session);
  return session;
}

/** Those that are open, of this thread. */
const openers = new Map<string, SparkSession>();
// Plain data, made in one order.
const keyOf = (attachment: Attachment): string => JSON.stringify(attachment);

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
      'copies of @tailrace/adapters do not share sessions.',
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

/**
 * Has the server let go of what it has kept of executions, over the session that opened theirs. Nobody waits for it; once that is
 * closed the server does so by itself.
 */
export function releaseKept(attachment: Attachment, operationIds: readonly string[]): void {
  const opener = openers.get(keyOf(attachment));
  if (opener === undefined) return;
  const { connection } = innerOf(opener);
  for (const id of operationIds) createReleases(connection, id).all();
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
