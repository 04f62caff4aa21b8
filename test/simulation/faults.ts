// Owns which calls of the model disk fail, how, and how long they take: by chance, within what the scenario allows.
import type { Dice } from './dice.js';

export type CallName =
  | 'open'
  | 'create'
  | 'write'
  | 'sync'
  | 'close'
  | 'mkdir'
  | 'chmod'
  | 'rename'
  | 'link'
  | 'unlink'
  | 'symlink'
  | 'readlink'
  | 'statfs'
  | 'rmdir'
  | 'readdir'
  | 'lstat'
  | 'realpath'
  | 'readFile';

/** What may go wrong with the disk of a scenario. Plain data. */
export interface DiskTrouble {
  /** Chance that a call fails. */
  readonly rate: number;
  /** Further chance that an fsync fails. */
  readonly syncRate: number;
  /** Chance that a write takes less than it was given. */
  readonly shortRate: number;
  /** Milliseconds of the world between which the disk is full; equal: never. */
  readonly fullFrom: number;
  readonly fullUntil: number;
  /** The file system has no hard links. */
  readonly linkless: boolean;
  /** Chance that a call which changes names, or an fsync, happens and fails all the same. */
  readonly ambiguity: number;
  /** The nth rename after the first decision of a group, or the first commit, does so in any case. */
  readonly ambiguousRename: { readonly after: 'decision' | 'commit'; readonly nth: number } | undefined;
  /** Factor on all delays. */
  readonly slowness: number;
  /** Chance that a call hangs for half a minute to two. */
  readonly hangRate: number;
  /** Power cuts lose a tail of the changes of names, as with an ordered journal; else each by itself. */
  readonly ordered: boolean;
}

const failures: Readonly<Record<CallName, readonly string[]>> = {
  open: ['EMFILE', 'EIO'],
  create: ['EMFILE', 'ENOSPC', 'EIO'],
  write: ['ENOSPC', 'EIO'],
  sync: ['EIO'],
  close: ['EIO'],
  mkdir: ['ENOSPC', 'EIO'],
  chmod: ['EIO'],
  rename: ['EIO', 'ENOSPC'],
  link: ['EIO', 'ENOSPC'],
  unlink: ['EIO'],
  symlink: ['EIO', 'ENOSPC'],
  readlink: ['EIO'],
  statfs: ['EIO'],
  rmdir: ['EIO'],
  readdir: ['EMFILE', 'EIO'],
  lstat: ['EIO'],
  realpath: ['EIO'],
  readFile: ['EMFILE', 'EIO'],
};

const needsSpace: ReadonlySet<CallName> = new Set(['create', 'write', 'mkdir', 'link', 'symlink']);

/** The errno that a call fails with, or undefined. */
export function faultOf(call: CallName, trouble: DiskTrouble, dice: Dice, nowMs: number): string | undefined {
  if (call === 'link' && trouble.linkless) return 'EPERM';
  if (needsSpace.has(call) && nowMs >= trouble.fullFrom && nowMs < trouble.fullUntil) return 'ENOSPC';
  const rate = trouble.rate + (call === 'sync' ? trouble.syncRate : 0);
  return rate > 0 && dice.chance(rate) ? dice.pick(failures[call]) : undefined;
}

const mayHaveHappened: ReadonlySet<CallName> = new Set([
  'create',
  'sync',
  'mkdir',
  'rename',
  'link',
  'unlink',
  'symlink',
  'rmdir',
]);

/** Whether a call happens and fails all the same, as one does whose answer is lost on its way from the disk. */
export function isAmbiguous(call: CallName, { ambiguity }: DiskTrouble, dice: Dice): boolean {
  return ambiguity > 0 && mayHaveHappened.has(call) && dice.chance(ambiguity);
}

/** Milliseconds that a call takes. */
export function delayOf(call: CallName, trouble: DiskTrouble, dice: Dice): number {
  if (trouble.hangRate > 0 && dice.chance(trouble.hangRate)) return 30_000 + dice.next() * 90_000;
  const longest = call === 'sync' ? 8 : call === 'write' ? 1 : 0.3;
  return dice.next() * longest * trouble.slowness;
}
