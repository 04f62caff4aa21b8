// Owns how a session ends on its server: what it had persisted is let go of, then the session itself.
import { isTailraceError } from '@tailrace/core';
import type { Connection } from '../client/connection.js';
import { bounded } from '../client/releases.js';
import { isLostSession, SparkError } from '../client/spark-error.js';
import type { CallSettings } from '../frame/engine.js';
import type { KeptPlans } from '../frame/kept-plans.js';

/** How long the server may take to let go of one plan, or of the session, in milliseconds: it waits for nothing that is computed. */
const letGoMs = 30_000;

/**
 * @throws SparkError where the server does not let go of the session; CancelledError when the signal is aborted, and then the
 *   session is
 *   given up all the same. What it does not let go of besides is warned of, and so is a
 *   server that is away: its other plans are not asked for then.
 */
export async function endSession(
  connection: Connection,
  kept: KeptPlans,
  { signal }: CallSettings,
): Promise<void> {
  const few = { signal, maxRetries: 3, timeoutMs: letGoMs };
  try {
    await plansLetGo(connection, kept, few);
    const { userContext, clientType } = connection.inSession();
    const request = { sessionId: connection.sessionId, userContext, clientType };
    await connection.unary('ReleaseSession', request, 'close the session', few);
  } catch (error) {
    // What the server has lost need not be released.
    if (!isLost(error)) throw error;
  }
}

/** However that goes, the session is to be given up. */
async function plansLetGo(...[connection, kept, few]: Parameters<typeof letGo>): Promise<void> {
  try {
    await letGo(connection, kept, few);
  } catch (error) {
    if (!isLost(error)) await endQuietly(connection);
    throw error;
  }
}

async function letGo(
  connection: Connection,
  kept: KeptPlans,
  few: Parameters<Connection['unary']>[3],
): Promise<void> {
  for (const relation of kept.left) {
    const analyze = { case: 'unpersist', value: { relation, blocking: false } } as const;
    try {
      await kept.unpersist(relation, () =>
        connection.unary('AnalyzePlan', { analyze }, 'unpersist the plan', few),
      );
    } catch (error) {
      if (!(error instanceof SparkError) || isLost(error)) throw error;
      connection.warn(error);
      if (error.status === 'temporary') return;
    }
  }
}

const isLost = (error: unknown): boolean => error instanceof SparkError && isLostSession(error.errorClass);

/**
 * Of a session that nobody will have. The error that is thrown says why; a server that does not let go of it does so in an
 * hour.
 */
export async function endQuietly(connection: Connection): Promise<void> {
  const { sessionId, userContext, clientType, clientObservedServerSideSessionId } = connection.inSession();
  if (clientObservedServerSideSessionId === undefined) return; // No server has answered for it.
  const request = { sessionId, userContext, clientType };
  try {
    await connection.unary('ReleaseSession', request, 'close the session', bounded);
  } catch (error) {
    if (isTailraceError(error)) connection.warn(error);
    else throw error;
  }
}
