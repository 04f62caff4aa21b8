// Owns who made a stage, as its mark says, and what can be known of that process: gone, alive, or neither.
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

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
  fateOf: async (owner, isPrivate) => fateOf(owner, await self(), isPrivate, startOf),
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
  return (await startTime(owner.pid)) === owner.start ? 'alive' : 'gone';
}

export function encodeOwner(owner: Owner, output: string, runId: string): string {
  return `${JSON.stringify({ what: 'a stage of Tailrace', output, runId, ...owner })}\n`;
}

/** The owner that a mark names; undefined when the mark is torn, or of another version. */
export function decodeOwner(text: string): Owner | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { pid, start, host, boot, pidSpace, leaseSpace } = value as Partial<Record<string, unknown>>;
  if (typeof pid !== 'number' || typeof start !== 'string' || typeof host !== 'string') return undefined;
  if (typeof boot !== 'string' || typeof pidSpace !== 'string' || typeof leaseSpace !== 'string') {
    return undefined;
  }
  return { pid, start, host, boot, pidSpace, leaseSpace };
}

let known: Promise<Owner> | undefined;

/** Nothing of it changes while the process lives. */
function self(): Promise<Owner> {
  known ??= lookAtSelf();
  return known;
}

async function lookAtSelf(): Promise<Owner> {
  const text = (path: string): Promise<string> =>
    readFile(path, 'utf8').then(
      (content) => content.trim(),
      () => '',
    );
  const link = (path: string): Promise<string> => readlink(path).catch(() => '');
  return {
    pid: process.pid,
    start: (await startOf(process.pid)) ?? '',
    host: hostname(),
    boot: await text('/proc/sys/kernel/random/boot_id'),
    pidSpace: await link('/proc/self/ns/pid'),
    leaseSpace: await link('/proc/self/ns/net'),
  };
}

/** Field 22 of /proc/PID/stat; the name before it may hold spaces and parentheses. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
