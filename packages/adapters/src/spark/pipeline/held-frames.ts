// Owns when Spark lets go of held frames: when no output with their server is open any more, since a session also reads what another
// one of the same server holds. Outputs are open from before the first frame of their run is computed, so none that is still to be read
// by one is ever let go of. Main thread only.
import { type HeldFrame, letGo } from './held-frame.js';

interface Server {
  /** Outputs that have begun and have neither been committed nor given up. */
  readonly outputs: Set<string>;
  readonly held: Set<HeldFrame<object>>;
}

const servers = new Map<string, Server>();

/** Of a run that has no output with this server, nothing is kept here: its frames stay until they are released, or their session ends. */
export function frameHeld(server: string, held: HeldFrame<object>): void {
  servers.get(server)?.held.add(held);
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
  await Promise.all([...known.held].map((held) => letGo(held.frame, () => held.release())));
}
