// Owns what a model disk is made of, and what a power cut leaves of it.
import type { Dice } from './dice.js';

export interface Common {
  readonly ino: number;
  mode: number;
  /** Last change of the content, in milliseconds of the world. */
  changedAt: number;
}
export interface FileNode extends Common {
  readonly kind: 'file';
  /** What programs read. */
  bytes: Buffer;
  /** What the last fsync that succeeded has put on stable storage. */
  durable: Buffer;
  /** Pieces written since then that are still dirty: [from, to). After a failed fsync they are dropped, for ever. */
  dirty: (readonly [from: number, to: number])[];
}
/** A symbolic link: durable as soon as its name is. */
export interface LinkNode extends Common {
  readonly kind: 'link';
  readonly text: string;
}
export interface DirectoryNode extends Common {
  readonly kind: 'directory';
  readonly entries: Map<string, Node>;
  readonly durable: Map<string, Node>;
}
export type Node = FileNode | DirectoryNode | LinkNode;

/** The error of a system call, as Node makes it. */
export function errno(code: string, call: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${call} '${path}'`), { code });
}

export function patched(old: Buffer, bytes: Buffer, from: number, to: number): Buffer {
  const next = Buffer.alloc(Math.max(old.length, to));
  old.copy(next);
  bytes.copy(next, from, from, to);
  return next;
}

/** Copies nodes as a power cut leaves them: directories with their durable entries, files with what chance has kept. */
export function createCopies(dice: Dice | undefined): {
  node(node: Node): Node;
  directory(node: DirectoryNode): DirectoryNode;
  finish(): void;
} {
  const copies = new Map<Node, Node>();
  const pending: DirectoryNode[] = [];
  const copyFile = (file: FileNode): FileNode => {
    let bytes = file.durable;
    for (const [from, to] of file.dirty) {
      if (dice === undefined || dice.chance(0.4)) continue;
      bytes = patched(bytes, file.bytes, from, dice.chance(0.3) ? dice.int(from, to) : to);
    }
    return { ...file, bytes, durable: bytes, dirty: [] };
  };
  const copier = {
    node(node: Node): Node {
      // A link never changes.
      if (node.kind === 'link') return node;
      return node.kind === 'file' ? fileOf(node) : copier.directory(node);
    },
    directory(node: DirectoryNode): DirectoryNode {
      const known = copies.get(node);
      if (known?.kind === 'directory') return known;
      const copy: DirectoryNode = {
        kind: 'directory',
        ino: node.ino,
        mode: node.mode,
        changedAt: node.changedAt,
        entries: new Map(),
        durable: new Map(),
      };
      copies.set(node, copy);
      pending.push(copy);
      for (const [name, entry] of node.durable) copy.entries.set(name, copier.node(entry));
      return copy;
    },
    finish() {
      for (const copy of pending) for (const [name, entry] of copy.entries) copy.durable.set(name, entry);
    },
  };
  const fileOf = (file: FileNode): Node => {
    const copy = copies.get(file) ?? copyFile(file);
    copies.set(file, copy);
    return copy;
  };
  return copier;
}
