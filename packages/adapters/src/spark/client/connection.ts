// Owns one session's calls to the server: who asks, trying again, and errors as Spark tells them in full.
import { type Clock, isTailraceError, type Random, type TailraceError } from '@tailrace/core';
import type { InSession } from '../protocol/requests.js';
import type { RequestOf, ResponseOf, UnaryName } from '../protocol/service.js';
import type { Channel } from './channel.js';
import { type AskForDetails, fullSparkError, isServiceError, sparkErrorOf } from './error-details.js';
import { type RetryLimits, retryDelay } from './retry.js';
import { isLostSession, SparkError, tookTooLong } from './spark-error.js';
import { cancelled, wait } from './wait.js';

export interface ConnectionInit {
  readonly channel: Channel;
  readonly sessionId: string;
  readonly userId: string;
  readonly userAgent: string;
  /** The session as the server knew it before; undefined for one that it has not answered for. */
  readonly observed?: string | undefined;
  readonly limits: RetryLimits;
  readonly clock: Clock;
  readonly random: Random;
  /** Told of what went wrong without consequence, such as a release that the server did not take. */
  readonly warn: (problem: TailraceError) => void;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  /** Tries after the first; default as the session has it. */
  readonly maxRetries?: number | undefined;
}

/** A request without what the connection adds to each. */
export type Bare<R> = R extends unknown ? Omit<R, keyof InSession> : never;

export interface Connection extends Omit<ConnectionInit, 'userId' | 'userAgent'> {
  /** What every request says of its session. */
  inSession(): InSession;
  /** Whether the server could not be reached when it was last tried for, as often as a call is tried. */
  readonly isAway: boolean;
  /** Tells whenever the server says that the session is lost: it never comes back. It must not throw. */
  whenLost(tell: () => void): void;
  /** Throws a SparkError when the server has lost the session. */
  observe(response: { readonly serverSideSessionId: string }, operation: string): void;
  /**
   * One call with one answer, tried again as Spark's own clients do.
   * @param operation as a verb phrase for messages: `read the schema`
   * @throws SparkError, and CancelledError when the signal is aborted
   */
  unary<N extends UnaryName>(
    name: N,
    request: Bare<RequestOf<N>>,
    operation: string,
    options?: CallOptions,
  ): Promise<ResponseOf<N>>;
  /** What anything thrown by gRPC is to a caller; everything else passes unchanged. */
  explain(error: unknown, operation: string): Promise<unknown>;
  /** Keeps work that nobody waits for, and that never rejects, until it is done. */
  track(work: Promise<void>): void;
  /** Resolves when all such work is done. */
  settled(): Promise<void>;
}

/** How long the server is asked for details of an error, in milliseconds. */
const detailsTimeoutMs = 10_000;

export function createConnection(init: ConnectionInit): Connection {
  const { channel, sessionId, userId, userAgent, limits, clock, random } = init;
  let serverSession = init.observed;
  const tracked = new Set<Promise<void>>();
  let isAway = false;
  const heeding: (() => void)[] = [];
  /** Gives the error back. */
  const heeded = <E>(error: E): E => {
    if (error instanceof SparkError && isLostSession(error.errorClass)) for (const tell of heeding) tell();
    return error;
  };
  const inSession = (): InSession => ({
    sessionId,
    userContext: { userId, userName: userId },
    clientType: userAgent,
    ...(serverSession === undefined ? {} : { clientObservedServerSideSessionId: serverSession }),
  });
  const askForDetails: AskForDetails = async (errorId) => {
    try {
      const request = { ...inSession(), errorId };
      return await channel.unary('FetchErrorDetails', request, { timeoutMs: detailsTimeoutMs });
    } catch (error) {
      // What is asked for only adds to an error that is told anyway.
      if (isServiceError(error)) return undefined;
      throw error;
    }
  };
  const observe: Connection['observe'] = ({ serverSideSessionId }, operation) => {
    isAway = false;
    if (serverSideSessionId === '' || serverSideSessionId === serverSession) return;
    if (serverSession === undefined) {
      serverSession = serverSideSessionId;
      return;
    }
    throw heeded(
      new SparkError(
        `The server has lost the session ${sessionId} and begun another one under its name: it was restarted. Connect ` +
          'anew; what was persisted, and temporary views, are gone.',
        {
          operation,
          status: 'permanent',
          grpcCode: 'OK',
          errorClass: 'INVALID_HANDLE.SESSION_CHANGED',
          outcome: 'unknown',
        },
      ),
    );
  };
  /** @param isTried as often as the session has it: one that is tried a few times tells nothing of a server that is restarting */
  const explain = async (error: unknown, operation: string, isTried = true): Promise<unknown> => {
    if (!isServiceError(error)) return error;
    const made = await fullSparkError(error, operation, askForDetails);
    const code = made instanceof SparkError ? made.grpcCode : undefined;
    if (code === 'UNAVAILABLE') isAway ||= isTried;
    // Of those the client itself makes some: no answer.
    else if (code !== tookTooLong && code !== 'CANCELLED') isAway = false;
    return heeded(made);
  };

  return {
    ...init,
    get isAway() {
      return isAway;
    },
    inSession,
    observe,
    explain: (error, operation) => explain(error, operation),
    whenLost: (tell) => void heeding.push(tell),
    track: (work) => {
      const kept = work.finally(() => tracked.delete(kept));
      tracked.add(kept);
    },
    settled: async () => {
      while (tracked.size > 0) await Promise.all(tracked);
    },
    unary: async (name, request, operation, { signal, timeoutMs, maxRetries } = {}) => {
      const few = maxRetries === undefined ? limits : { ...limits, maxRetries };
      for (let failed = 1; ; failed += 1) {
        try {
          // The parts of a request that all have are added here, which TypeScript cannot follow through a generic.
          const whole = { ...inSession(), ...request } as RequestOf<typeof name>;
          const response = await channel.unary(name, whole, { signal, timeoutMs });
          observe(response, operation);
          return response;
        } catch (error) {
          if (signal?.aborted) throw cancelled(operation, signal);
          if (isTailraceError(error) || !isServiceError(error)) throw error;
          const delayMs = retryDelay(sparkErrorOf(error, operation), failed, few, random);
          if (delayMs === undefined) throw await explain(error, operation, maxRetries === undefined);
          await wait(clock, delayMs, operation, signal);
        }
      }
    },
  };
}
