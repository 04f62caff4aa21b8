// Owns the numbers of what is not told one by one, of each root by itself: an inspector may see several runs at once. It
// decides nothing.

export interface LeftOutNumbers {
  readonly writes: number;
  readonly actors: number;
  /** Of actors that are told, but had too many. */
  readonly events: number;
}

export interface LeftOut {
  /**
   * @param rootId session id of the run, or of whatever else has no actor above it; empty where nobody knows any more
   * @param by -1 for one that is told after all
   */
  count(rootId: string, what: keyof LeftOutNumbers, by?: 1 | -1): void;
  /** A root has ended: what is known of it may be forgotten. */
  end(rootId: string): void;
  /** Whether there is anything to take. */
  readonly isChanged: boolean;
  /** The numbers of every root of which they have changed since the last call. */
  take(): readonly (readonly [rootId: string, numbers: LeftOutNumbers])[];
}

/** Roots that have ended and are remembered: little may come of one after its end, but that belongs to what was told of it. */
const mostEnded = 64;

export function createLeftOut(): LeftOut {
  const roots = new Map<string, { writes: number; actors: number; events: number }>();
  const changed = new Set<string>();
  const ended = new Set<string>();

  return {
    get isChanged() {
      return changed.size > 0;
    },
    count(rootId, what, by = 1) {
      let numbers = roots.get(rootId);
      if (numbers === undefined) {
        numbers = { writes: 0, actors: 0, events: 0 };
        roots.set(rootId, numbers);
      }
      numbers[what] += by;
      changed.add(rootId);
    },
    end(rootId) {
      // Of most roots, any actor may be one, nothing is left out.
      if (roots.has(rootId)) ended.add(rootId);
    },
    take() {
      const taken = Array.from(changed, (rootId): readonly [string, LeftOutNumbers] => [
        rootId,
        { writes: 0, actors: 0, events: 0, ...roots.get(rootId) },
      ]);
      changed.clear();
      for (const oldest of ended) {
        if (ended.size <= mostEnded) break;
        ended.delete(oldest);
        roots.delete(oldest);
      }
      return taken;
    },
  };
}
