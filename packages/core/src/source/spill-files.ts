// Owns the scratch files of one push source: chunks of items in structured-clone form, first in, first out.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { OverflowError, ValueError } from '../errors/named-errors.js';
import { messageOf } from '../errors/tailrace-error.js';
import { removeAtExit } from '../materialise/remove-at-exit.js';

export interface SpillFiles<T> {
  /** Items in files. */
  readonly items: number;
  /** Bytes of the files. */
  readonly bytes: number;
  /**
   * Writes a chunk, blocking: a push source cannot be made to wait, and items queued for an asynchronous write would
   * still be in memory. Throws OVERFLOW beyond the limit, VALUE_INVALID for items that cannot be cloned.
   */
  write(chunk: readonly T[]): void;
  /** Reads and removes the oldest chunk; undefined when there is none. */
  read(): Promise<readonly T[] | undefined>;
  /** Removes everything. Idempotent. */
  close(): Promise<void>;
}

export interface SpillFilesOptions {
  readonly name: string;
  readonly limitBytes: number;
  /** Where the scratch directory is made; undefined means that of the operating system. */
  readonly directory: string | undefined;
}

interface SpillFile {
  readonly path: string;
  readonly items: number;
  readonly bytes: number;
}

/** The scratch directory is made at the first write, with the process id in its name. */
export function createSpillFiles<T>(options: SpillFilesOptions): SpillFiles<T> {
  const { name, limitBytes } = options;
  const files: SpillFile[] = [];
  let directory: string | undefined;
  let keepAtExit: (() => void) | undefined;
  let bytes = 0;
  let items = 0;
  let written = 0;
  return {
    get items() {
      return items;
    },
    get bytes() {
      return bytes;
    },
    write(chunk) {
      const data = encode(chunk, name);
      if (bytes + data.byteLength > limitBytes) {
        throw new OverflowError(
          `Push source '${name}' overran its consumer: ${items} items are spilled and the next chunk would ` +
            `exceed ${limitBytes} bytes on disk. Raise diskBytes of spill(), or choose dropOldest or dropNewest.`,
          {
            operation: 'spill items',
            context: { source: name, spilledItems: items, spilledBytes: bytes, limitBytes },
          },
        );
      }
      if (directory === undefined) {
        directory = mkdtempSync(join(options.directory ?? tmpdir(), `tailrace-spill-${process.pid}-`));
        keepAtExit = removeAtExit(directory);
      }
      const path = join(directory, `${written}.bin`);
      writeFileSync(path, data, { flag: 'wx', mode: 0o600 });
      written += 1;
      bytes += data.byteLength;
      items += chunk.length;
      files.push({ path, items: chunk.length, bytes: data.byteLength });
    },
    async read() {
      const file = files.shift();
      if (file === undefined) return undefined;
      const data = await readFile(file.path);
      await rm(file.path);
      bytes -= file.bytes;
      items -= file.items;
      // Written by `encode` above from items of this type.
      return deserialize(data) as T[];
    },
    async close() {
      files.length = 0;
      bytes = 0;
      items = 0;
      const used = directory;
      directory = undefined;
      if (used === undefined) return;
      await rm(used, { recursive: true, force: true });
      keepAtExit?.();
    },
  };
}

function encode(chunk: readonly unknown[], name: string): Buffer {
  try {
    return serialize(chunk);
  } catch (error) {
    throw new ValueError(
      `Push source '${name}' cannot spill its items: ${messageOf(error)}. Emit plain data, or choose another overflow policy.`,
      { operation: 'spill items', context: { source: name }, cause: error },
    );
  }
}
