// Owns when Spark lets go of held frames: when no output with their server is open any more, since a session also reads what
// another one of the same server holds. Outputs are open from before the first frame of their run is computed, so none that is
// still to be read by one is ever let go of. Main thread only.
import { type Letting, letGo } from './held-frame.js';

interface Server {
  /** Outputs that have begun and have neither been committed nor given up. */
  readonly outputs: Set<string>;
  readonly held: Set<Letting>;
}

const servers = new Map<string, Server>();

/**
 * Of a run that has no output with this server, nothing is kept here: its frames stay until they are released, or their session
 * ends.
 */
export function frameHeld(server: string, held: Letting): void {
  servers.get(server)?.held.add(held);
}

/**
 * Of a frame that its stage gives up. Another stage may hold the same plan, which Spark keeps once: so while an output is open
 * it is let go of with all others, else at once. Never rejects.
 */
export async function frameGivenUp(server: string, held: Letting): Promise<void> {
  const known = servers.get(server);
  if (known === undefined) await letGo(held);
  else known.held.add(held);
}

/** @param output unique among runs */
export function outputBegun(server: string, output: string): void {
  const known = servers.get(server) ?? { outputs: new Set(), held: new Set() };
  servers.set(server, known);
  known.outputs.add(output);
}

/** Again: does nothing. Never rejects: what Spark does not let go of is warned of, and asked for again when its session ends. */
export async function outputEnded(server: string, output: string): Promise<void> {
  const known = servers.get(server);
  if (known?.outputs.delete(output) !== true || known.outputs.size > 0) return;
  servers.delete(server);
  await Promise.all([...known.held].map(letGo));
}
