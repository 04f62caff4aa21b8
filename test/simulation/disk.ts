// Owns the model disk: what programs see, and apart from it what would survive a power cut. Every call here is atomic and
// takes no time; delays, faults and dead callers are disk-calls.ts's business.
import { join } from 'node:path';
import type { Dice } from './dice.js';
import {
  type Common,
  createCopies,
  type DirectoryNode,
  errno,
  type FileNode,
  type Node,
  patched,
} from './disk-nodes.js';

/** A change of names that is not on stable storage yet; a rename is one change, so that it is never half there. */
interface Change {
  readonly remove: { readonly from: DirectoryNode; readonly name: string } | undefined;
  readonly add: { readonly to: DirectoryNode; readonly name: string; readonly node: Node } | undefined;
}

export interface Disk {
  readonly root: DirectoryNode;
  /** What a path leads to, links followed. */
  find(path: string): Node | undefined;
  /** The same, but throws ENOENT or ENOTDIR. */
  at(path: string): Node;
  /** What has this name: a link itself, not what it leads to. */
  named(path: string): Node;
  /** The path without links. */
  real(path: string): string;
  create(path: string, mode: number): FileNode;
  mkdir(path: string, mode: number): void;
  rename(from: string, to: string): void;
  link(existing: string, path: string): void;
  symlink(text: string, path: string): void;
  unlink(path: string): void;
  rmdir(path: string): void;
  write(file: FileNode, data: Uint8Array): void;
  /** fsync: of a file its bytes, of a directory its entries, never the name of the thing itself. */
  sync(node: Node): void;
  /** A failed fsync of a file: its dirty pages are clean now, and lost at a power cut, whatever a later fsync says. */
  dropDirty(file: FileNode): void;
  /**
   * What a power cut leaves, by chance: every unsynced change of a name is there or not, every unsynced piece of a file is
   * there, torn or zeros. `dice` undefined: nothing of it is there. Changes nothing here.
   */
  afterPowerCut(dice: Dice | undefined, ordered: boolean): Disk;
}

const noBytes = Buffer.alloc(0);

/** @param now milliseconds of the world */
export function createDisk(now: () => number): Disk {
  const common = { ino: 1, mode: 0o755, changedAt: 0 };
  return diskOf({ kind: 'directory', ...common, entries: new Map(), durable: new Map() }, 2, now);
}

/** Links that a path may lead over. */
const mostLinks = 8;

function diskOf(root: DirectoryNode, firstIno: number, now: () => number): Disk {
  let nextIno = firstIno;
  let changes: Change[] = [];

  /** The node at a path and its path without links; a link at its end is followed when asked. */
  const resolve = (path: string, call: string, follow: boolean, links = 0): readonly [Node, string] => {
    let at: Node = root;
    let real = '';
    const names = path.split('/').filter((name) => name !== '');
    for (const [index, name] of names.entries()) {
      if (at.kind !== 'directory') throw errno('ENOTDIR', call, path);
      const next: Node | undefined = at.entries.get(name);
      if (next === undefined) throw errno('ENOENT', call, path);
      if (next.kind === 'link' && (follow || index < names.length - 1)) {
        if (links === mostLinks) throw errno('ELOOP', call, path);
        const rest = names.slice(index + 1).join('/');
        return resolve(join('/', real, next.text, rest), call, follow, links + 1);
      }
      real += `/${name}`;
      at = next;
    }
    return [at, real === '' ? '/' : real];
  };
  const walk = (path: string, call: string): Node => resolve(path, call, true)[0];
  const numbered = (mode: number): Common => {
    nextIno += 1;
    return { ino: nextIno, mode, changedAt: now() };
  };
  const parentOf = (path: string, call: string): readonly [DirectoryNode, string] => {
    const cut = path.lastIndexOf('/');
    const parent = walk(path.slice(0, cut), call);
    if (parent.kind !== 'directory') throw errno('ENOTDIR', call, path);
    return [parent, path.slice(cut + 1)];
  };
  const add = (to: DirectoryNode, name: string, node: Node): void => {
    to.entries.set(name, node);
    to.changedAt = now();
    changes.push({ remove: undefined, add: { to, name, node } });
  };
  const holds = (above: Node, node: Node): boolean =>
    above === node ||
    (above.kind === 'directory' && [...above.entries.values()].some((entry) => holds(entry, node)));

  const disk: Disk = {
    root,
    find(path) {
      try {
        return walk(path, 'find');
      } catch {
        return undefined;
      }
    },
    at: (path) => walk(path, 'open'),
    named: (path) => resolve(path, 'lstat', false)[0],
    real: (path) => resolve(path, 'realpath', true)[1],
    create(path, mode) {
      const [parent, name] = parentOf(path, 'open');
      if (parent.entries.has(name)) throw errno('EEXIST', 'open', path);
      const file: FileNode = {
        kind: 'file',
        ...numbered(mode),
        bytes: noBytes,
        durable: noBytes,
        dirty: [],
      };
      add(parent, name, file);
      return file;
    },
    mkdir(path, mode) {
      const [parent, name] = parentOf(path, 'mkdir');
      if (parent.entries.has(name)) throw errno('EEXIST', 'mkdir', path);
      add(parent, name, {
        kind: 'directory',
        ...numbered(mode),
        entries: new Map(),
        durable: new Map(),
      });
    },
    rename(from, to) {
      const [source, oldName] = parentOf(from, 'rename');
      const [target, newName] = parentOf(to, 'rename');
      const node = source.entries.get(oldName);
      if (node === undefined) throw errno('ENOENT', 'rename', from);
      const there = target.entries.get(newName);
      // rename(2): two names of one file stay as they are.
      if (there === node) return;
      if (node.kind === 'directory' && holds(node, target)) throw errno('EINVAL', 'rename', to);
      if (there !== undefined && (there.kind === 'directory') !== (node.kind === 'directory'))
        throw errno(there.kind === 'directory' ? 'EISDIR' : 'ENOTDIR', 'rename', to);
      if (there?.kind === 'directory' && there.entries.size > 0) throw errno('ENOTEMPTY', 'rename', to);
      source.entries.delete(oldName);
      target.entries.set(newName, node);
      source.changedAt = now();
      target.changedAt = now();
      changes.push({
        remove: { from: source, name: oldName },
        add: { to: target, name: newName, node },
      });
    },
    link(existing, path) {
      const [node] = resolve(existing, 'link', false);
      const [parent, name] = parentOf(path, 'link');
      if (node.kind === 'directory') throw errno('EPERM', 'link', existing);
      if (parent.entries.has(name)) throw errno('EEXIST', 'link', path);
      add(parent, name, node);
    },
    symlink(text, path) {
      const [parent, name] = parentOf(path, 'symlink');
      if (parent.entries.has(name)) throw errno('EEXIST', 'symlink', path);
      add(parent, name, { kind: 'link', ...numbered(0o777), text });
    },
    unlink(path) {
      const [parent, name] = parentOf(path, 'unlink');
      const node = parent.entries.get(name);
      if (node === undefined) throw errno('ENOENT', 'unlink', path);
      if (node.kind === 'directory') throw errno('EISDIR', 'unlink', path);
      parent.entries.delete(name);
      parent.changedAt = now();
      changes.push({ remove: { from: parent, name }, add: undefined });
    },
    rmdir(path) {
      const [parent, name] = parentOf(path, 'rmdir');
      const node = parent.entries.get(name);
      if (node === undefined) throw errno('ENOENT', 'rmdir', path);
      if (node.kind !== 'directory') throw errno('ENOTDIR', 'rmdir', path);
      if (node.entries.size > 0) throw errno('ENOTEMPTY', 'rmdir', path);
      parent.entries.delete(name);
      parent.changedAt = now();
      changes.push({ remove: { from: parent, name }, add: undefined });
    },
    write(file, data) {
      const from = file.bytes.length;
      file.bytes = Buffer.concat([file.bytes, data]);
      file.dirty.push([from, file.bytes.length]);
      file.changedAt = now();
    },
    sync(node) {
      if (node.kind === 'directory') settle(node);
      else if (node.kind === 'file') {
        for (const [from, to] of node.dirty) node.durable = patched(node.durable, node.bytes, from, to);
        node.dirty = [];
      }
    },
    dropDirty(file) {
      file.dirty = [];
    },
    afterPowerCut(dice, ordered) {
      const kept = createCopies(dice);
      const copy = kept.directory(root);
      // A journal in order loses a tail of the changes; without one, each is there or not by itself.
      const until = dice === undefined ? 0 : dice.int(0, changes.length);
      let isGapless = true;
      const lost = createNames();
      for (const [at, { remove, add: added }] of changes.entries()) {
        // A removal gives blocks back, which file systems do only after what came before. And a change of a name is never there
        // without the earlier ones of that name: what gives a name away and what takes it are written in this order, or a
        // rename over it would lose the thing that had been moved away before.
        const isRemoval = added === undefined && !isGapless;
        const isLost = ordered ? at >= until : dice === undefined || isRemoval || dice.chance(0.5);
        const isLate =
          (remove !== undefined && lost.has(remove.from, remove.name)) ||
          (added !== undefined && lost.has(added.to, added.name));
        if (isLost || isLate) {
          isGapless = false;
          if (remove !== undefined) lost.add(remove.from, remove.name);
          if (added !== undefined) lost.add(added.to, added.name);
          continue;
        }
        if (remove !== undefined) kept.directory(remove.from).entries.delete(remove.name);
        if (added !== undefined) kept.directory(added.to).entries.set(added.name, kept.node(added.node));
      }
      kept.finish();
      return diskOf(copy, nextIno, now);
    },
  };
  return disk;

  /** fsync of a directory: its changes, whole renames, and whatever came before on the same names. */
  function settle(directory: DirectoryNode): void {
    const names = createNames();
    const touches = (at: DirectoryNode, name: string): boolean => at === directory || names.has(at, name);
    const wanted: Change[] = [];
    const rest: Change[] = [];
    for (const change of changes.toReversed()) {
      const { remove, add: added } = change;
      const isWanted =
        (remove !== undefined && touches(remove.from, remove.name)) ||
        (added !== undefined && touches(added.to, added.name));
      (isWanted ? wanted : rest).push(change);
      if (!isWanted) continue;
      if (remove !== undefined) names.add(remove.from, remove.name);
      if (added !== undefined) names.add(added.to, added.name);
    }
    changes = rest.reverse();
    for (const { remove, add: added } of wanted.reverse()) {
      if (remove !== undefined) remove.from.durable.delete(remove.name);
      if (added !== undefined) added.to.durable.set(added.name, added.node);
    }
  }
}

/** Names in directories. */
function createNames(): {
  has(directory: DirectoryNode, name: string): boolean;
  add(directory: DirectoryNode, name: string): void;
} {
  const names = new Map<DirectoryNode, Set<string>>();
  return {
    has: (directory, name) => names.get(directory)?.has(name) === true,
    add(directory, name) {
      names.set(directory, (names.get(directory) ?? new Set()).add(name));
    },
  };
}
