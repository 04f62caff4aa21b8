// Owns the test doubles of the local store: a file system that records and fails calls, and leases that die on command.
// For unit tests only.
import { constants } from 'node:fs';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { type FileSystem, nodeFileSystem, type OpenFile } from './file-system.js';
import type { Leases } from './lease.js';

/** One call, before it is made. */
export interface Call {
  readonly name: keyof FileSystem | 'write' | 'sync' | 'close';
  readonly path: string;
  /** Second path of rename and link; what a symbolic link will hold. */
  readonly to?: string;
  /** open only: whether it creates. */
  readonly creates?: boolean;
}

/** What happens instead of the call: an errno that it fails with, or nothing at all. */
export type Fault = { readonly errno: string } | undefined;

export interface RecordedFileSystem {
  readonly fs: FileSystem;
  /** Calls that were made, failed ones left out. */
  readonly calls: readonly Call[];
  /** True once a crash was injected: every call fails from there on. */
  readonly crashed: boolean;
}

export interface Faults {
  /** Asked before every call. */
  readonly fault?: (call: Call) => Fault;
  /** 0-based number of the call at which the process dies, and with it every later call. */
  readonly crashAt?: number;
  /** Makes every call, and may wait or do something else before and after it. */
  readonly around?: <T>(call: Call, make: () => Promise<T>) => Promise<T>;
  /** Bytes that one write takes at most. */
  readonly longestWrite?: number;
}

/** The machine's file system with faults. fsync is recorded and left out: no test cuts the power. */
export function recordedFileSystem(faults: Faults = {}): RecordedFileSystem {
  const calls: Call[] = [];
  let count = 0;
  let crashed = false;

  async function through<T>(call: Call, action: () => Promise<T>): Promise<T> {
    if (count === faults.crashAt) crashed = true;
    count += 1;
    if (crashed) throw new Error('the process is dead');
    const fault = faults.fault?.(call);
    if (fault !== undefined)
      throw Object.assign(new Error(`${fault.errno}: injected`), { code: fault.errno });
    const result = await (faults.around === undefined ? action() : faults.around(call, action));
    calls.push(call);
    return result;
  }

  function recordedFile(path: string, file: OpenFile): OpenFile {
    return {
      write: (bytes) =>
        through({ name: 'write', path }, () =>
          file.write(bytes.subarray(0, faults.longestWrite ?? bytes.length)),
        ),
      sync: () => through({ name: 'sync', path }, async () => undefined),
      close: async () => {
        // Really closed even by a dead process: the kernel would do it.
        const closed = file.close();
        try {
          await through({ name: 'close', path }, () => closed);
        } finally {
          await closed;
        }
      },
    };
  }

  const real = nodeFileSystem;
  const fs: FileSystem = {
    open: (path, flags, mode) =>
      through({ name: 'open', path, creates: (flags & constants.O_CREAT) !== 0 }, async () =>
        recordedFile(path, await real.open(path, flags, mode)),
      ),
    mkdir: (path, mode) => through({ name: 'mkdir', path }, () => real.mkdir(path, mode)),
    chmod: (path, mode) => through({ name: 'chmod', path }, () => real.chmod(path, mode)),
    rename: (path, to) => through({ name: 'rename', path, to }, () => real.rename(path, to)),
    link: (path, to) => through({ name: 'link', path, to }, () => real.link(path, to)),
    symlink: (text, path) => through({ name: 'symlink', path, to: text }, () => real.symlink(text, path)),
    unlink: (path) => through({ name: 'unlink', path }, () => real.unlink(path)),
    rmdir: (path) => through({ name: 'rmdir', path }, () => real.rmdir(path)),
    readdir: (path) => through({ name: 'readdir', path }, () => real.readdir(path)),
    lstat: (path) => through({ name: 'lstat', path }, () => real.lstat(path)),
    readlink: (path) => through({ name: 'readlink', path }, () => real.readlink(path)),
    realpath: (path) => through({ name: 'realpath', path }, () => real.realpath(path)),
    readFile: (path) => through({ name: 'readFile', path }, () => real.readFile(path)),
    statfs: (path) => through({ name: 'statfs', path }, () => real.statfs(path)),
  };
  return {
    fs,
    calls,
    get crashed() {
      return crashed;
    },
  };
}

/** A file system in which calls wait until they are let go. */
export function holding(isHeld: (name: 'rename' | 'sync' | 'unlink' | 'symlink', path: string) => boolean): {
  readonly fs: FileSystem;
  /** Resolves when the first such call is asked for. */
  readonly reached: Promise<void>;
  letGo(): void;
} {
  const { fs } = recordedFileSystem();
  let letGo = (): void => undefined;
  let reach = (): void => undefined;
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const wait = async (name: Parameters<typeof isHeld>[0], path: string): Promise<void> => {
    if (!isHeld(name, path)) return;
    reach();
    await gate;
  };
  return {
    reached,
    letGo: () => letGo(),
    fs: {
      ...fs,
      rename: async (from, to) => {
        await wait('rename', from);
        await fs.rename(from, to);
      },
      unlink: async (path) => {
        await wait('unlink', path);
        await fs.unlink(path);
      },
      symlink: async (text, path) => {
        await wait('symlink', path);
        await fs.symlink(text, path);
      },
      open: async (path, flags, mode) => {
        const file = await fs.open(path, flags, mode);
        return {
          write: (bytes) => file.write(bytes),
          close: () => file.close(),
          sync: async () => {
            await wait('sync', path);
            await file.sync();
          },
        };
      },
    },
  };
}

/**
 * Lets some calls wait as long as any others are under way, so that of two that work at the same time one comes last,
 * whatever the disk does. Between two calls of the store lies no turn of the loop: after one the next one has been made.
 */
export function comingLast(
  isLast: (call: Call) => boolean,
): <T>(call: Call, make: () => Promise<T>) => Promise<T> {
  let underWay = 0;
  let waiting: (() => void)[] = [];
  return async (call, make) => {
    if (isLast(call)) {
      await turnOfTheLoop();
      while (underWay > 0) {
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
        });
        await turnOfTheLoop();
      }
    }
    underWay += 1;
    try {
      return await make();
    } finally {
      underWay -= 1;
      if (underWay === 0) {
        for (const goOn of waiting) goOn();
        waiting = [];
      }
    }
  };
}

export interface MortalLeases extends Leases {
  readonly held: ReadonlySet<string>;
  /** What the kernel does when a process ends. */
  releaseAll(): void;
}

/** Leases among the stores of one test. */
export function mortalLeases(): MortalLeases {
  const held = new Set<string>();
  return {
    held,
    take: async (path) => {
      if (held.has(path)) return undefined;
      held.add(path);
      let isMine = true;
      return {
        release: async () => {
          if (isMine) held.delete(path);
          isMine = false;
        },
      };
    },
    releaseAll: () => held.clear(),
  };
}

/** Of runs that do not see each other: on two machines, or in two containers. */
export const blindLeases: Leases = { take: async () => ({ release: async () => undefined }) };
