// Owns telling the server what it need not keep any more of an execution: responses that were read, and in the end all of it.
import { isTailraceError, messageOf, TailraceError } from '@tailrace/core';
import { interruptTypes } from '../protocol/requests.js';
import type { Connection } from './connection.js';
import { SparkError } from './spark-error.js';

export interface Releases {
  /** Lets go of the responses up to this one. One call is under way at a time; of those that wait only the last is made. */
  until(responseId: string): void;
  /** Lets go of everything. On an execution that runs this also ends it. */
  all(): void;
  /** Stops the work; resolves when the server has answered, or has not for a few seconds. */
  interrupt(): Promise<void>;
}

/** For a call that somebody waits for who has little time: it ends after two seconds, whatever the server does. */
export const bounded = { timeoutMs: 2_000, maxRetries: 0 } as const;

/** How long a call that nobody waits for may take, in milliseconds. */
const timeoutMs = 5_000;
const quickly = { timeoutMs, maxRetries: 3 };

export function createReleases(connection: Connection, operationId: string): Releases {
  let waiting: string | undefined;
  let isBusy = false;
  let isOver = false;
  /** A failure has no consequence, as the server lets go by itself of what nobody asks for: it is told, not thrown. */
  const told = async (operation: string, work: Promise<unknown>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      if (!isGone(error)) connection.warn(toldOf(error, operation));
    }
  };
  const release = (
    what:
      | { readonly case: 'releaseAll'; readonly value: Record<string, never> }
      | { readonly case: 'releaseUntil'; readonly value: { readonly responseId: string } },
  ): Promise<unknown> =>
    connection.unary('ReleaseExecute', { operationId, release: what }, 'release results', quickly);
  const next = async (): Promise<void> => {
    isBusy = true;
    while (waiting !== undefined && !isOver) {
      const responseId = waiting;
      waiting = undefined;
      await told('release results', release({ case: 'releaseUntil', value: { responseId } }));
    }
    isBusy = false;
  };
  return {
    until: (responseId) => {
      waiting = responseId;
      if (!isBusy) connection.track(next());
    },
    all: () => {
      isOver = true;
      connection.track(told('release results', release({ case: 'releaseAll', value: {} })));
    },
    interrupt: () =>
      told(
        'interrupt an operation',
        connection.unary(
          'Interrupt',
          {
            interruptType: interruptTypes.operationId,
            interrupt: { case: 'operationId', value: operationId },
          },
          'interrupt an operation',
          quickly,
        ),
      ),
  };
}

/**
 * The server has nothing left to release, or has not begun: it says so when an execution fails before its first task. Or the
 * session is closed, and the server lets go of all of it.
 */
function isGone(error: unknown): boolean {
  if (isTailraceError(error) && error.code === 'CLOSED') return true;
  const { errorClass = '' } = error instanceof SparkError ? error : {};
  return errorClass.startsWith('INVALID_HANDLE.') || errorClass.startsWith('SPARK_CONNECT_ILLEGAL_STATE.');
}

/** An error as it is warned of. */
export function toldOf(error: unknown, operation: string): TailraceError {
  if (isTailraceError(error)) return error;
  return new TailraceError(`Could not ${operation}: ${messageOf(error)}`, {
    code: 'ENGINE_FAILED',
    operation,
    cause: error,
  });
}
