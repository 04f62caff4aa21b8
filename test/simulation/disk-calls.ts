// Owns the way from a program to the model disk: calls take time, fail by chance, and answer nobody who has died.
import { constants } from 'node:fs';
import type { JournalFileSystem } from '../../packages/core/src/store/journal/file-system.js';
import type { OpenFile } from '../../packages/core/src/store/local/file-system.js';
import { type DirectoryNode, errno, type FileNode, type Node } from './disk-nodes.js';
import { type CallName, delayOf, faultOf, isAmbiguous } from './faults.js';
import { type Caller, type CallUnderWay, epochMs, type World } from './world.js';

const newDirectoryMode = 0o755;
const newFileMode = 0o644;
/** Its number in statfs(2). */
const ext4 = 0xef53;

/** The file system as one thread sees it. */
export function fileSystemOf(world: World, caller: Caller): JournalFileSystem {
  const { process } = caller;

  /**
   * @param effect what the call does, at one moment between now and its answer
   * @param onFault what it does when it fails
   * @param anyway what it does when it fails and has happened all the same
   */
  const through = <T>(
    call: CallName,
    path: string,
    effect: () => T,
    {
      to,
      onFault,
      anyway = effect,
    }: { readonly to?: string; readonly onFault?: () => void; readonly anyway?: () => void } = {},
  ): Promise<T> =>
    new Promise((resolve, reject) => {
      // A dead process has no system calls.
      if (!process.alive || caller.isGone()) return;
      const names = to === undefined ? path : `${path} ${to}`;
      const isHeld = [path, to ?? path].some((at) => world.holderOf(at) === process);
      const made: CallUnderWay = { call, path, to, isHeld };
      let answer: (() => void) | undefined;
      const happen = (): void => {
        process.underWay.delete(happen);
        if (call === 'rename') world.untilAmbiguous -= 1;
        const isMeant = call === 'rename' && world.untilAmbiguous === 0;
        const hasHappened = isMeant || isAmbiguous(call, world.trouble, world.dice);
        const fault = hasHappened ? 'EIO' : faultOf(call, world.trouble, world.dice, world.time.now);
        try {
          if (fault !== undefined) {
            process.faults += 1;
            world.count(`${fault} of ${call}${hasHappened ? ', which had happened' : ''}`);
            if (hasHappened) anyway();
            else onFault?.();
            made.hasFailed = !hasHappened;
            throw errno(fault, call, path);
          }
          const result = effect();
          answer = () => resolve(result);
          world.trace.add(`${caller.name} ${call} ${names}`);
        } catch (error) {
          answer = () => reject(error);
          made.hasFailed ??= true;
          world.trace.add(`${caller.name} ${call} ${names}: ${(error as Error).message.slice(0, 9)}`);
        }
        world.onCall(caller, made);
      };
      process.underWay.set(happen, made);
      const delay = delayOf(call, world.trouble, world.dice);
      if (delay > 1_000) world.count('hung call');
      world.time.after(delay, () => {
        // Taken by the kernel with its process, or done by the kernel when that was killed.
        if (!process.underWay.has(happen)) return;
        happen();
        if (answer !== undefined) caller.answer(answer);
      });
    });

  const handleOf = (path: string, node: Node): OpenFile => {
    caller.openFiles += 1;
    let open = true;
    const file = (): FileNode => {
      if (node.kind === 'file') return node;
      throw errno('EISDIR', 'write', path);
    };
    return {
      write(bytes) {
        const isShort = bytes.byteLength > 1 && world.dice.chance(world.trouble.shortRate);
        const taken = isShort ? world.dice.int(1, bytes.byteLength - 1) : bytes.byteLength;
        // Copied when the call is made: an honest caller does not change them before the answer.
        const data = Buffer.from(bytes.subarray(0, taken));
        return through(
          'write',
          path,
          () => {
            world.disk.write(file(), data);
            return { bytesWritten: taken };
          },
          { onFault: () => world.disk.write(file(), data.subarray(0, world.dice.int(0, taken))) },
        );
      },
      sync: () =>
        through('sync', path, () => world.disk.sync(node), {
          onFault: () => {
            if (node.kind === 'file') world.disk.dropDirty(node);
          },
        }),
      close() {
        const closing = (): void => {
          if (open) caller.openFiles -= 1;
          open = false;
        };
        // close(2) frees the descriptor even when it fails.
        return through('close', path, closing, { onFault: closing });
      },
    };
  };
  const directory = (path: string): DirectoryNode => {
    const node = world.disk.at(path);
    if (node.kind === 'directory') return node;
    throw errno('ENOTDIR', 'readdir', path);
  };

  const bytesAt = (path: string): Buffer => {
    const node = world.disk.at(path);
    if (node.kind === 'file') return node.bytes;
    throw errno('EISDIR', 'read', path);
  };

  return {
    open: (path, flags) => {
      const creates = (flags & constants.O_CREAT) !== 0;
      return through(
        creates ? 'create' : 'open',
        path,
        () => handleOf(path, creates ? world.disk.create(path, newFileMode) : world.disk.at(path)),
        { anyway: () => void world.disk.create(path, newFileMode) },
      );
    },
    mkdir: (path, mode = newDirectoryMode) => through('mkdir', path, () => world.disk.mkdir(path, mode)),
    chmod: (path, mode) =>
      through('chmod', path, () => {
        world.disk.at(path).mode = mode;
      }),
    rename: (from, to) => through('rename', from, () => world.disk.rename(from, to), { to }),
    link: (existing, to) => through('link', existing, () => world.disk.link(existing, to), { to }),
    symlink: (text, path) => through('symlink', path, () => world.disk.symlink(text, path)),
    readlink: (path) =>
      through('readlink', path, () => {
        const node = world.disk.named(path);
        if (node.kind === 'link') return node.text;
        throw errno('EINVAL', 'readlink', path);
      }),
    statfs: (path) => through('statfs', path, () => ({ type: ext4 })),
    unlink: (path) => through('unlink', path, () => world.disk.unlink(path)),
    rmdir: (path) => through('rmdir', path, () => world.disk.rmdir(path)),
    readdir: (path) =>
      through('readdir', path, () =>
        Array.from(directory(path).entries, ([name, { kind }]) => ({
          name,
          isDirectory: kind === 'directory',
        })),
      ),
    lstat: (path) =>
      through('lstat', path, () => {
        const node = world.disk.named(path);
        return {
          kind: node.kind,
          bytes: node.kind === 'file' ? node.bytes.length : 0,
          mode: node.mode,
          device: '1',
          identity: `1:${node.ino}`,
          modifiedMs: epochMs + node.changedAt,
        };
      }),
    realpath: (path) => through('realpath', path, () => world.disk.real(path)),
    readFile: (path) => through('readFile', path, () => bytesAt(path).toString('utf8')),
    readBytes: (path) => through('readFile', path, () => Buffer.from(bytesAt(path))),
  };
}
