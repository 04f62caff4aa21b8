// Owns when Spark lets go of held frames: when no output of their session is open any more. Outputs are open from before the first
// frame of their run is computed, so none that is still to be read is ever let go of. Main thread only.
import type { HeldFrame } from './held-frame.js';

interface Session {
  /** Outputs that have begun and have neither been committed nor given up. */
  readonly outputs: Set<string>;
  readonly held: Set<HeldFrame<object>>;
}

const sessions = new Map<string, Session>();

function sessionOf(sessionId: string): Session {
  const known = sessions.get(sessionId) ?? { outputs: new Set(), held: new Set() };
  sessions.set(sessionId, known);
  return known;
}

export function frameHeld(sessionId: string, held: HeldFrame<object>): void {
  sessionOf(sessionId).held.add(held);
}

/** @param output unique among runs */
export function outputBegun(sessionId: string, output: string): void {
  sessionOf(sessionId).outputs.add(output);
}

/** Again: does nothing. Never rejects: what Spark does not let go of ends with the session, and is warned of. */
export async function outputEnded(sessionId: string, output: string): Promise<void> {
  const session = sessions.get(sessionId);
  if (session?.outputs.delete(output) !== true || session.outputs.size > 0) return;
  sessions.delete(sessionId);
  const ends = await Promise.allSettled([...session.held].map((held) => held.release()));
  for (const end of ends) if (end.status === 'rejected') process.emitWarning(end.reason);
}
