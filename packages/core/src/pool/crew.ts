// Owns how many threads an automatic pool has, and how many of them may encode at once: a pure function of what is
// measured. The main thread's core is its own while it computes, and everybody's while it waits.

/** What a look at the pool found. */
export interface CrewSeen {
  /** What feeds the pool: stages that compute, that wait for memory, that are over; unknown outside a run. */
  readonly stages: 'flowing' | 'blocked' | 'ended' | 'unknown';
  /** Share of the time since the last look in which the main thread had nothing to do: 0 to 1. */
  readonly idleShare: number;
  /** Attempts that are open or wait for a worker: more threads than that would have nothing to do. */
  readonly wanted: number;
  /** Every thread that was started has come up. */
  readonly up: boolean;
}

export interface Crew {
  /** Threads. They are only ever added. */
  readonly places: number;
  /** The main thread waits: its core can be used. */
  readonly free: boolean;
  /** Looks in a row that spoke for changing `free`. */
  readonly signs: number;
  /** Looks in a row that found too few threads. */
  readonly lacks: number;
  readonly stages: CrewSeen['stages'];
}

export const firstCrew: Crew = { places: 1, free: false, signs: 0, lacks: 0, stages: 'unknown' };

/** A main thread that was busy counts as waiting above this share of idle time, and one that waited as busy below the other. */
const waitsAbove = 0.7;
const worksBelow = 0.3;
/** Looks that must agree before something that may pass is believed. */
const looksToBelieve = 2;

/** @param cores that the machine has: there are never more threads */
export function decideCrew(crew: Crew, seen: CrewSeen, cores: number): Crew {
  const { free, signs } = decideFree(crew, seen);
  const lacking = Math.min(cores, seen.wanted) > crew.places;
  const lacks = lacking ? crew.lacks + 1 : 0;
  // A thread takes a core for a while to start: not for a lack that is over at once, unless a core is idle anyway.
  const grows = lacking && seen.up && (free || lacks >= looksToBelieve);
  return {
    places: grows ? Math.min(cores, seen.wanted, crew.places * 2) : crew.places,
    lacks: grows ? 0 : lacks,
    free,
    signs,
    stages: seen.stages,
  };
}

function decideFree(crew: Crew, { stages, idleShare }: CrewSeen): Pick<Crew, 'free' | 'signs'> {
  if (stages === 'blocked' || stages === 'ended') return { free: true, signs: 0 };
  // The water marks are far apart: who was let go on will work for a while.
  if (crew.stages === 'blocked') return { free: false, signs: 0 };
  const isFree = crew.free ? idleShare > worksBelow : idleShare > waitsAbove;
  if (isFree === crew.free) return { free: crew.free, signs: 0 };
  const signs = crew.signs + 1;
  return signs < looksToBelieve ? { free: crew.free, signs } : { free: isFree, signs: 0 };
}

/** Threads that may encode at the same time: with one more than there are cores, all of them are slower. */
export function turnsOf(crew: Crew, cores: number): number {
  return crew.free ? cores : Math.max(1, cores - 1);
}
