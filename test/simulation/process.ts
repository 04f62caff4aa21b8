// Owns one simulated process: its clock, its threads' views of the disk, its scratch storage, and how it is killed.
import { createMemory } from '../../packages/core/src/materialise/create-memory.js';
import type { Memory } from '../../packages/core/src/materialise/memory.js';
import type { ScratchFs } from '../../packages/core/src/materialise/scratch.js';
import type { JobOptions } from '../../packages/core/src/pipeline/job.js';
import type { StoreDefinition } from '../../packages/core/src/sink/store.js';
import {
  type LocalStaging,
  type LocalStoreOptions,
  localStore,
} from '../../packages/core/src/store/local/local-store.js';
import type { Owner } from '../../packages/core/src/store/local/owner.js';
import type { Clock, Random } from '../../packages/core/src/time/clock.js';
import type { Dice } from './dice.js';
import { fileSystemOf } from './disk-calls.js';
import type { Due } from './virtual-time.js';
import { type Caller, epochMs, type ProcessLife, type World } from './world.js';

const simOwner: Owner = { pid: 1, start: '1', host: 'sim', boot: 'sim', pidSpace: 'sim', leaseSpace: 'sim' };

export type LocalStore = StoreDefinition<LocalStoreOptions, LocalStaging>;

export interface SimProcess extends ProcessLife {
  readonly clock: Clock;
  readonly random: Random;
  readonly dice: Dice;
  /** The store as one of its threads has it; `main` for the main thread. */
  storeFor(caller: Caller): LocalStore;
  readonly main: Caller;
  /** What its jobs keep their journals with. */
  readonly journal: Pick<JobOptions, 'fs' | 'leases'>;
  memory(limitBytes: number): Memory;
  readonly scratchFs: ScratchFs;
  /** Files of scratch storage that are there. */
  readonly scratchFiles: number;
  /** kill -9, or a power cut: nothing of it runs any more. Calls under way have happened, or not. */
  kill(): void;
  /** What of this process must not happen once it is dead. */
  guard(run: () => void): () => void;
}

export function createProcess(world: World, name: string, dice: Dice): SimProcess {
  const scratch = new Map<string, Uint8Array>();
  const drawn = dice.fork(1);
  let names = 0;
  const uniqueName = (): string => {
    names += 1;
    return `${name}-${names}`;
  };
  const guard =
    (run: () => void): (() => void) =>
    () => {
      if (process.alive) run();
    };
  const later = (longestMs: number): Promise<void> =>
    new Promise((resolve) => {
      if (process.alive) world.time.after(drawn.next() * longestMs, guard(resolve));
    });

  const scratchFs: ScratchFs = {
    mkdtempSync: (prefix) => `${prefix}${name}`,
    writeFileSync: (path, bytes) => void scratch.set(path, bytes),
    async writeFile(path, bytes) {
      await later(2);
      if (drawn.chance(world.trouble.rate)) {
        world.count('ENOSPC of scratch');
        process.faults += 1;
        throw Object.assign(new Error(`ENOSPC: write '${path}'`), { code: 'ENOSPC' });
      }
      scratch.set(path, bytes);
    },
    async readFile(path) {
      await later(2);
      const bytes = scratch.get(path);
      if (bytes === undefined) throw Object.assign(new Error(`ENOENT: open '${path}'`), { code: 'ENOENT' });
      return bytes;
    },
    async rm(path) {
      await later(1);
      for (const file of scratch.keys()) if (file.startsWith(path)) scratch.delete(file);
    },
    removeAtExit: () => () => undefined,
  };

  const main: Caller = {
    name,
    get process() {
      return process;
    },
    openFiles: 0,
    isGone: () => false,
    answer: (rest) => {
      if (process.alive) rest();
    },
  };
  const process: SimProcess = {
    name,
    alive: true,
    underWay: new Map(),
    faults: 0,
    dice,
    get main() {
      return main;
    },
    random: () => drawn.next(),
    clock: {
      now: () => world.time.now,
      wallTime: () => epochMs + world.time.now,
      setTimeout: (callback, delayMs) => world.time.after(delayMs, guard(callback)),
      clearTimeout(handle) {
        // The clock's own: it is handed back as it was given out.
        if (handle !== undefined) (handle as Due).run = undefined;
      },
      yield: () => later(0.01),
    },
    storeFor: (caller) =>
      localStore({
        fs: fileSystemOf(world, caller),
        leases: world.leasesOf(process),
        surroundings: () => ({ workingDirectory: '/work', homeDirectory: '/home' }),
        uniqueName,
        // Processes of the simulation see each other's leases, and their model disk needs no test.
        owners: { self: async () => simOwner, fateOf: async () => 'gone' },
        isTrusted: true,
        now: () => epochMs + world.time.now,
      }),
    memory: (limitBytes) => createMemory({ limitBytes, scratchDir: '/scratch', fs: scratchFs }),
    get journal() {
      return { fs: fileSystemOf(world, main), leases: world.leasesOf(process) };
    },
    scratchFs,
    get scratchFiles() {
      return scratch.size;
    },
    kill() {
      if (!process.alive) return;
      process.alive = false;
      world.trace.add(`${name} is killed`);
      // Calls that were in the kernel: done there, or never begun.
      for (const happen of [...process.underWay.keys()]) {
        if (world.dice.chance(0.5)) happen();
      }
      process.underWay.clear();
      world.releaseAll(process);
    },
    guard,
  };
  return process;
}
