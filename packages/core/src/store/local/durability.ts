// Owns a model of what a power cut would take: replays recorded calls and names what was published before it was
// durable. For unit tests only.
import { basename, dirname } from 'node:path';
import type { Call } from './fault-injection.js';

/**
 * Every gap in the order of calls: data or directory entries below the target that were not synced when the target
 * became visible, names of directories on the way to it, and names in the target's parent that were not synced at the end.
 * The rule is POSIX's: fsync of a file makes its bytes durable, fsync of a directory its entries.
 */
export function durabilityGaps(calls: readonly Call[], target: string, names: readonly string[]): string[] {
  const gaps: string[] = [];
  /** Files with unsynced bytes, directories that changed: path to the entries that changed. */
  let files = new Set<string>();
  let directories = new Map<string, Set<string>>();

  const touch = (path: string): void => {
    const changed = directories.get(dirname(path)) ?? new Set();
    directories.set(dirname(path), changed.add(basename(path)));
  };
  const move = (from: string, to: string): void => {
    const moved = (path: string): string => (isWithin(path, from) ? to + path.slice(from.length) : path);
    files = new Set([...files].map(moved));
    directories = new Map([...directories].map(([path, changed]) => [moved(path), changed]));
    touch(from);
    touch(to);
  };
  const published = (from: string): void => {
    for (const path of files) if (isWithin(path, from)) gaps.push(`bytes of ${path}`);
    for (const path of directories.keys()) if (isWithin(path, from)) gaps.push(`entries of ${path}`);
    const stage = dirname(from);
    if (directories.get(stage)?.has(basename(from))) gaps.push(`name of ${from}`);
    for (let path = stage; path !== dirname(path); path = dirname(path)) {
      if (directories.get(dirname(path))?.has(basename(path))) gaps.push(`name of ${path}`);
    }
  };

  for (const { name, path, to = '', creates } of calls) {
    if (name === 'write') files.add(path);
    if (name === 'mkdir' || name === 'unlink' || name === 'rmdir' || creates) touch(path);
    if (name === 'sync') {
      files.delete(path);
      directories.delete(path);
    }
    if (to === target && name === 'rename') published(path);
    if (to === target && name === 'link') published(path);
    if (name === 'link') touch(to);
    if (name === 'rename') move(path, to);
  }
  for (const name of names) {
    if (directories.get(dirname(target))?.has(name)) gaps.push(`published name ${name}`);
  }
  return gaps;
}

function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(`${root}/`);
}
