// Owns the lease where the kernel has none to give: a lock file beside the target that names its holder's process.
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { open, readFile, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf, TailraceError } from '../../errors/tailrace-error.js';
import type { Lease, Leases } from './lease.js';
import { hasProcess } from './owner.js';

/** When the process started, as text that is equal for one process and another for its successor; undefined when it is gone. */
export type ProcessStart = (pid: number) => Promise<string | undefined>;

interface Holder {
  readonly pid: number;
  /** Tells a process from a later one that was given the same number. */
  readonly start: string;
  /** Tells this holding from every other. */
  readonly id: string;
}

/**
 * Leases as files `.<name>.lock` in the target's directory, which must exist. The file of a dead process is taken over.
 * Two processes that take over at the same instant are told apart by reading the file back; what remains of that race
 * is covered by a commit that never replaces what it did not expect.
 */
export function lockFileLeases(processStart: ProcessStart = startOf): Leases {
  const startOfHolder = async (path: string, { pid }: Holder): Promise<string | undefined> => {
    try {
      return await processStart(pid);
    } catch (error) {
      throw unseenHolder(path, pid, error);
    }
  };
  return {
    take: async (realPath) => {
      const path = join(dirname(realPath), `.${basename(realPath)}.lock`);
      const start = await processStart(process.pid);
      const self: Holder = { pid: process.pid, start: start ?? 'unknown', id: randomUUID() };
      for (let round = 0; round < 3; round += 1) {
        if (await create(path, self)) return held(path, self);
        const holder = await read(path);
        if (holder === 'absent') continue;
        if (holder !== 'unreadable' && (await startOfHolder(path, holder)) === holder.start) return undefined;
        await discard(path, holder);
      }
      return undefined;
    },
  };
}

function unseenHolder(path: string, pid: number, cause: unknown): TailraceError {
  return new TailraceError(
    `Could not look at process ${pid}, which ${path} names as the one that writes there: ${messageOf(cause).trim()}. Look at it as ` +
      `root or as its user. While it runs a pipeline, wait for it; if it is another program, remove ${path}.`,
    {
      code: 'STORE_FAILED',
      operation: 'take the lease of',
      status: 'temporary',
      context: { path, pid },
      cause,
    },
  );
}

function held(path: string, self: Holder): Lease {
  return {
    release: async () => {
      const holder = await read(path);
      if (typeof holder === 'string' || holder.id !== self.id) return;
      // Gone already is as good; a file that cannot be removed is taken over once this process has ended.
      await unlink(path).catch(() => undefined);
    },
  };
}

async function create(path: string, self: Holder): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o644);
    try {
      await file.writeFile(JSON.stringify(self));
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
  const holder = await read(path);
  return typeof holder !== 'string' && holder.id === self.id;
}

async function read(path: string): Promise<Holder | 'absent' | 'unreadable'> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return 'absent';
  }
  try {
    const value: unknown = JSON.parse(text);
    return isHolder(value) ? value : 'unreadable';
  } catch {
    return 'unreadable';
  }
}

function isHolder(value: unknown): value is Holder {
  return (
    typeof value === 'object' &&
    value !== null &&
    'pid' in value &&
    typeof value.pid === 'number' &&
    'start' in value &&
    typeof value.start === 'string' &&
    'id' in value &&
    typeof value.id === 'string'
  );
}

/** Takes a dead holder's file away, by a rename so that of several only one succeeds, and puts back what is not it. */
async function discard(path: string, dead: Holder | 'unreadable'): Promise<void> {
  const aside = `${path}-${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    // Another one was faster: the next round sees its file.
    return;
  }
  const moved = await read(aside);
  const wasDead =
    typeof moved === 'string' ? dead === 'unreadable' : dead !== 'unreadable' && moved.id === dead.id;
  if (wasDead) await unlink(aside);
  else await rename(aside, path);
}

const run = promisify(execFile);

/** From `ps`, which is part of POSIX. On Windows only whether the process is there. */
async function startOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'win32') return hasProcess(pid) ? 'alive' : undefined;
  try {
    const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)], {
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC0' },
    });
    return stdout.trim() || undefined;
  } catch (error) {
    // `ps` exits with 1 for a process that is not there, or not for this user to see; where there is no
    // `ps`, being alive has to do.
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return hasProcess(pid) ? 'alive' : undefined;
    if (code === 1 && !hasProcess(pid)) return undefined;
    // Too many processes, for one: a holder that cannot be looked at is not one that is gone.
    throw error;
  }
}
