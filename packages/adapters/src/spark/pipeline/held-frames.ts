// Owns when Spark lets go of held frames: when no output with their server is open any more, since a session also reads what another
// one of the same server holds. Outputs are open from before the first frame of their run is computed, so none that is still to be read
// is ever let go of. Main thread only.
import type { HeldFrame } from './held-frame.js';

interface Server {
  /** Outputs that have begun and have neither been committed nor given up. */
  readonly outputs: Set<string>;
  readonly held: Set<HeldFrame<object>>;
}

const servers = new Map<string, Server>();

function serverNamed(name: string): Server {
  const known = servers.get(name) ?? { outputs: new Set(), held: new Set() };
  servers.set(name, known);
  return known;
}

export function frameHeld(server: string, held: HeldFrame<object>): void {
  serverNamed(server).held.add(held);
}

/** @param output unique among runs */
export function outputBegun(server: string, output: string): void {
  serverNamed(server).outputs.add(output);
}

/** Again: does nothing. Never rejects: what Spark does not let go of ends with its session, and is warned of. */
export async function outputEnded(server: string, output: string): Promise<void> {
  const known = servers.get(server);
  if (known?.outputs.delete(output) !== true || known.outputs.size > 0) return;
  servers.delete(server);
  const ends = await Promise.allSettled([...known.held].map((held) => held.release()));
  for (const end of ends) if (end.status === 'rejected') process.emitWarning(end.reason);
}
