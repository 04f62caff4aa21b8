// Owns how many threads an automatic pool has: a pure function of what there is to write.

/** What a look at the pool found. */
export interface CrewSeen {
  /** What feeds the pool: stages that compute, that wait for memory, that are over; unknown outside a run. */
  readonly stages: 'flowing' | 'blocked' | 'ended' | 'unknown';
  /** Attempts that are open or wait for a worker: more threads than that would have nothing to do. */
  readonly wanted: number;
  /** Every thread that was started has come up. */
  readonly up: boolean;
}

export interface CrewLimits {
  /** Of the machine: there are never more threads. */
  readonly cores: number;
  /**
   * Threads give way to the main thread (`worker/give-way.ts`). Where they cannot, its core is left to it until stages have
   * waited for memory or ended: threads are never taken away.
   */
  readonly givesWay: boolean;
}

export interface Crew {
  /** Threads. They are only ever added. */
  readonly places: number;
  /** Looks in a row that found too few threads. */
  readonly lacks: number;
}

export const firstCrew: Crew = { places: 1, lacks: 0 };

/** Looks that must agree before something that may pass is believed. */
const looksToBelieve = 2;

export function decideCrew({ places, lacks }: Crew, seen: CrewSeen, limits: CrewLimits): Crew {
  const isComputing = seen.stages === 'flowing' || seen.stages === 'unknown';
  const isKept = !limits.givesWay && seen.stages === 'flowing';
  const most = isKept ? Math.max(1, limits.cores - 1) : limits.cores;
  const useful = Math.min(most, seen.wanted);
  if (useful <= places) return { places, lacks: 0 };
  // A thread takes a core for a while to start: not for a lack that is over at once, unless a core is idle anyway.
  const isBelieved = !isComputing || lacks + 1 >= looksToBelieve;
  if (!isBelieved || !seen.up) return { places, lacks: lacks + 1 };
  return { places: Math.min(useful, places * 2), lacks: 0 };
}
