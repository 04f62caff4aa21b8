// Owns who made a stage, as its mark says, and what can be known of that process: gone, alive, or neither.
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { isRecord, recordIn } from '../plain-object.js';
import { failedWith } from './store-error.js';

/** A process, as told in the mark of its stage. Text that is equal for one and another for every other. */
export interface Owner {
  readonly pid: number;
  /** When it started, in ticks since its machine did: tells it from a later process with its number. */
  readonly start: string;
  /** Name of the machine, for people. */
  readonly host: string;
  /** This start of the machine. Empty where the system tells none. */
  readonly boot: string;
  /** In which process numbers mean something. */
  readonly pidSpace: string;
  /** In which leases are seen. */
  readonly leaseSpace: string;
}

export type Fate = 'gone' | 'alive' | 'unknown';

export interface Owners {
  self(): Promise<Owner>;
  /**
   * What became of the owner of a stage beside a target whose lease this process holds.
   * @param isPrivate whether only one machine at a time can have the file system of the stage
   */
  fateOf(owner: Owner, isPrivate: boolean): Promise<Fate>;
}

/** What the system says. On Linux from /proc; elsewhere leases are files that tell of every process of the machine. */
export const processOwners: Owners = {
  self,
  fateOf: async (owner, isPrivate) => fateOf(owner, await self(), isPrivate, (pid) => startOf(pid)),
};

/**
 * Who could have a lease that this process would see, and has none, is gone. So is who lived before the machine was started
 * anew, if no other machine can have made the stage. What remains is a process of another container or machine.
 * @param startTime of a living process with this number, in the same form as in the mark; undefined when there is none
 */
export async function fateOf(
  owner: Owner,
  self: Owner,
  isPrivate: boolean,
  startTime: (pid: number) => Promise<string | undefined>,
): Promise<Fate> {
  if (owner.boot !== self.boot) return isPrivate ? 'gone' : 'unknown';
  if (owner.boot === '' && owner.host !== self.host) return 'unknown';
  if (owner.leaseSpace === self.leaseSpace) return 'gone';
  if (owner.pidSpace !== self.pidSpace) return 'unknown';
  try {
    return (await startTime(owner.pid)) === owner.start ? 'alive' : 'gone';
  } catch (error) {
    // Of another user, where the system hides those (hidepid): now and later.
    if (failedWith(error, 'EACCES', 'EPERM')) return 'unknown';
    throw error;
  }
}

export function encodeOwner(owner: Owner, output: string, runId: string): string {
  return `${JSON.stringify({ what: 'a stage of Tailrace', output, runId, ...owner })}\n`;
}

/** The owner that a mark names; undefined when the mark is torn, or of another version. */
export function decodeOwner(text: string): Owner | undefined {
  return ownerIn(recordIn(text));
}

/** The owner that a value read from a mark or a record describes; undefined when it describes none. */
export function ownerIn(value: unknown): Owner | undefined {
  if (!isRecord(value)) return undefined;
  const { pid, start, host, boot, pidSpace, leaseSpace } = value;
  if (typeof pid !== 'number' || typeof start !== 'string' || typeof host !== 'string') return undefined;
  if (typeof boot !== 'string' || typeof pidSpace !== 'string' || typeof leaseSpace !== 'string') {
    return undefined;
  }
  return { pid, start, host, boot, pidSpace, leaseSpace };
}

/** How the system's own files are read: node:fs/promises, but in tests. */
export interface SystemFiles {
  readonly readFile: (path: string) => Promise<string>;
  readonly readlink: (path: string) => Promise<string>;
}

const systemFiles: SystemFiles = {
  readFile: (path) => readFile(path, 'utf8'),
  readlink: (path) => readlink(path),
};

let known: Promise<Owner> | undefined;

/** Nothing of it changes while the process lives. */
function self(): Promise<Owner> {
  known ??= lookAtSelf(systemFiles).catch((error: unknown) => {
    // It can be asked again: too many open files, for one, pass.
    known = undefined;
    throw error;
  });
  return known;
}

/** Empty where the system tells nothing. What cannot be read now is an error: others go by the mark. */
export async function lookAtSelf(files: SystemFiles): Promise<Owner> {
  const told = (read: Promise<string>): Promise<string> =>
    read.then(
      (content) => content.trim(),
      (error: unknown) => {
        if (tellsNothing(error)) return '';
        throw error;
      },
    );
  return {
    pid: process.pid,
    // This process is there: what has no entry for it tells nothing of any process.
    start: (await startOf(process.pid, files, () => false)) ?? '',
    host: hostname(),
    boot: await told(files.readFile('/proc/sys/kernel/random/boot_id')),
    pidSpace: await told(files.readlink('/proc/self/ns/pid')),
    leaseSpace: await told(files.readlink('/proc/self/ns/net')),
  };
}

/**
 * Field 22 of /proc/PID/stat; the name before it may hold spaces and parentheses. Undefined when there is no such process; throws
 * when it cannot be looked at. With `hidepid=2` the processes of other users have no directory there, but signals tell of them.
 */
export async function startOf(
  pid: number,
  files: SystemFiles = systemFiles,
  isThere: (pid: number) => boolean = hasProcess,
): Promise<string | undefined> {
  let stat: string;
  try {
    stat = await files.readFile(`/proc/${pid}/stat`);
  } catch (error) {
    if (failedWith(error, 'ENOENT', 'ESRCH') && !isThere(pid)) return undefined;
    // A process that cannot be looked at is not one that is gone.
    throw failedWith(error, 'ENOENT', 'ESRCH') ? hidden(pid, error) : error;
  }
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function hidden(pid: number, cause: unknown): Error {
  return Object.assign(new Error(`process ${pid} is hidden from this user`, { cause }), { code: 'EACCES' });
}

/** Whether a process has this number, whoever may look at it: only the kernel's word that there is none counts as such. */
export function hasProcess(
  pid: number,
  signal: (pid: number, signal: 0) => unknown = (to, none) => process.kill(to, none),
): boolean {
  try {
    signal(pid, 0);
    return true;
  } catch (error) {
    return !failedWith(error, 'ESRCH');
  }
}

/** There is no such file, or it is not for this user, now and later. */
function tellsNothing(error: unknown): boolean {
  return failedWith(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EINVAL');
}
