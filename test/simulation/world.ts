// Owns one simulated world: its time, its disk, who holds which target, what was seen to go wrong. Processes live in it.
import type { Leases } from '../../packages/core/src/store/local/lease.js';
import type { Dice } from './dice.js';
import { createDisk, type Disk } from './disk.js';
import type { CallName, DiskTrouble } from './faults.js';
import { createTrace, type Trace } from './trace.js';
import { createVirtualTime, type VirtualTime } from './virtual-time.js';

/** What must never be seen; the words of the table in docs/guarantees.md, and two more. */
export type Harm = 'lost' | 'duplicated' | 'half visible' | 'altered' | 'hung' | 'broken rule';

export interface Violation {
  readonly harm: Harm;
  readonly message: string;
  readonly atMs: number;
  readonly step: number;
}

/** Who makes calls of the disk: the main thread of a process, or one of its workers. */
export interface Caller {
  readonly name: string;
  readonly process: ProcessLife;
  openFiles: number;
  /** It has died: what it asked for still happens, but nobody is told. */
  isGone(): boolean;
  /** Runs the rest of what it was doing: now, later when it hangs, never when it has died. */
  answer(rest: () => void): void;
}

/** A call of the disk: the same object from its start to its end. */
export interface CallUnderWay {
  readonly call: CallName;
  readonly path: string;
  /** Second path of rename and link. */
  readonly to: string | undefined;
  /** Whether its process held what it names when it was made. */
  readonly isHeld?: boolean;
  /** It has changed nothing. */
  hasFailed?: boolean;
}

export interface ProcessLife {
  readonly name: string;
  alive: boolean;
  /** Calls that are under way, as what they do when they happen. */
  readonly underWay: Map<() => void, CallUnderWay>;
  /** Faults of the disk that it has met. */
  faults: number;
}

export interface World {
  readonly time: VirtualTime;
  /** For delays and faults. */
  readonly dice: Dice;
  readonly trace: Trace;
  trouble: DiskTrouble;
  readonly violations: readonly Violation[];
  /** Renames until the one that happens and fails all the same; none when it is not above 0. */
  untilAmbiguous: number;
  /** From now on the disk has this trouble only; power cuts stay as they are. */
  calm(trouble: DiskTrouble): void;
  /** A group decides, or an output commits. */
  reached(what: 'decision' | 'commit'): void;
  /** Faults that were injected, by kind. */
  readonly faults: Map<string, number>;
  disk: Disk;
  violate(harm: Harm, message: string): void;
  count(fault: string): void;
  /** Told of every call that happened, before its caller is. */
  onCall: (caller: Caller, made: CallUnderWay) => void;
  /** Told when a process lets go of a target; not when the kernel takes it back. */
  onRelease: (process: ProcessLife, path: string) => void;
  leasesOf(process: ProcessLife): Leases;
  holderOf(path: string): ProcessLife | undefined;
  /** The kernel takes back what a process held. */
  releaseAll(process: ProcessLife): readonly string[];
}

/** Milliseconds since 1970 at which every world begins: runs have their time in their names. */
export const epochMs = 978_307_199_000;

/** @param tailLines lines of the trace that a failure shows */
export function createWorld(dice: Dice, trouble: DiskTrouble, tailLines: number): World {
  const trace = createTrace(tailLines);
  const violations: Violation[] = [];
  const faults = new Map<string, number>();
  const held = new Map<string, { readonly process: ProcessLife }>();
  const violate = (harm: Harm, message: string): void => {
    trace.add(`VIOLATION ${harm}: ${message}`);
    violations.push({ harm, message, atMs: time.now, step: time.steps });
  };
  const time = createVirtualTime((error) =>
    violate('broken rule', `a callback threw: ${error instanceof Error ? error.stack : String(error)}`),
  );
  const world: World = {
    time,
    dice,
    trace,
    trouble,
    untilAmbiguous: 0,
    calm(rest) {
      world.trouble = { ...rest, ordered: world.trouble.ordered };
      world.untilAmbiguous = 0;
    },
    reached(what) {
      const { ambiguousRename: planned } = world.trouble;
      if (planned?.after !== what) return;
      world.untilAmbiguous = planned.nth;
      world.trouble = { ...world.trouble, ambiguousRename: undefined };
    },
    violations,
    faults,
    disk: createDisk(() => time.now),
    violate,
    count: (fault) => void faults.set(fault, (faults.get(fault) ?? 0) + 1),
    onCall: () => undefined,
    onRelease: () => undefined,
    leasesOf: (process) => ({
      async take(path) {
        await new Promise<void>((resolve) => {
          time.after(dice.next() * 0.2, () => {
            if (process.alive) resolve();
          });
        });
        if (held.has(path)) return undefined;
        const own = { process };
        held.set(path, own);
        trace.add(`${process.name} holds ${path}`);
        return {
          release: async () => {
            if (held.get(path) !== own) return;
            held.delete(path);
            trace.add(`${process.name} lets go of ${path}`);
            world.onRelease(process, path);
          },
        };
      },
    }),
    holderOf: (path) => held.get(path)?.process,
    releaseAll(process) {
      const paths = [...held].filter(([, holder]) => holder.process === process).map(([path]) => path);
      for (const path of paths) held.delete(path);
      return paths;
    },
  };
  return world;
}
