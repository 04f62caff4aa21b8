// Owns faults without strace: a small tmpfs that is full, limits set on a running program, a read-only mount, and files
// that may not be changed. Each is taken away again.
import { existsSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dice } from '../simulation/dice.js';
import { type Child, runTool } from './child.js';
import { membersOf, targetPath, type WriteJob } from './kinds.js';

interface Prepared {
  /** Called when the program is ready, with what was there before in the directory. */
  break(dice: Dice, child: Child, job: WriteJob): Promise<void>;
  /** Called when it has ended: from here on writing is possible again. */
  mend(): Promise<void>;
  end(): Promise<void>;
}
interface RealFault {
  readonly name: string;
  prepare(dir: string): Promise<Prepared>;
}

// Unmounted lazily: a warm thread of this process may have a file open there for a moment longer.
const nothing = async (): Promise<void> => undefined;

const fullDisk: RealFault = {
  name: 'full tmpfs',
  prepare: async (dir) => {
    await runTool('mount', '-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', dir);
    const filling = join(dir, 'filling');
    return {
      break: async (dice) => {
        const { bavail, bsize } = statfsSync(dir);
        const free = dice.int(0, 14) * bsize;
        writeFileSync(filling, new Uint8Array(Math.max(0, bavail * bsize - free)));
      },
      mend: async () => rmSync(filling),
      end: async () => void (await runTool('umount', '-l', dir)),
    };
  },
};

const readOnlyMount: RealFault = {
  name: 'read-only bind mount',
  prepare: async (dir) => {
    await runTool('mount', '--bind', dir, dir);
    return {
      break: async () => void (await runTool('mount', '-o', 'remount,bind,ro', dir)),
      mend: async () => void (await runTool('mount', '-o', 'remount,bind,rw', dir)),
      end: async () => void (await runTool('umount', '-l', dir)),
    };
  },
};

const fewFiles: RealFault = {
  name: 'ulimit -n',
  prepare: async () => ({
    break: async (dice, child) => {
      const open = readdirSync(`/proc/${child.pid}/fd`).length;
      await runTool('prlimit', '--pid', String(child.pid), `--nofile=${open + dice.int(0, 5)}`);
    },
    mend: nothing,
    end: nothing,
  }),
};

const smallFiles: RealFault = {
  name: 'ulimit -f',
  prepare: async () => ({
    break: async (dice, child) => {
      await runTool('prlimit', '--pid', String(child.pid), `--fsize=${dice.int(0, 3_000)}`);
    },
    mend: nothing,
    end: nothing,
  }),
};

/** chattr on the directory of the target, or on the target and what is in it. */
const attribute = (letter: 'i' | 'a', isOnTarget: boolean): RealFault => ({
  name: `chattr +${letter} on the ${isOnTarget ? 'target' : 'directory above it'}`,
  prepare: async (dir) => {
    let marked: string | undefined;
    const mend = async (): Promise<void> => {
      if (marked === undefined || !existsSync(marked)) return;
      await runTool('chattr', '-R', `-${letter}`, marked).catch(() => undefined);
      marked = undefined;
    };
    return {
      break: async (_, __, job) => {
        const target = targetPath(membersOf(job)[0] ?? job);
        const isThere = existsSync(target) && !job.kind.startsWith('generations');
        marked = isOnTarget && isThere ? target : dir;
        const depth = marked === dir ? [] : ['-R'];
        await runTool('chattr', ...depth, `+${letter}`, marked);
      },
      mend,
      end: mend,
    };
  },
});

export const realFaults: readonly RealFault[] = [
  fullDisk,
  fullDisk,
  readOnlyMount,
  fewFiles,
  smallFiles,
  attribute('i', false),
  attribute('i', true),
  attribute('a', false),
];
