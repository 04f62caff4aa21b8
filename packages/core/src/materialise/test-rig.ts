// Owns what tests of floors above the batch need: a memory without disk surprises, and batches made from rows.
import type { Batch } from '../batch/batch.js';
import type { Schema } from '../batch/schema.js';
import { createBatchBuilder } from './batch-builder.js';
import { createMemory, type MemoryOptions } from './create-memory.js';
import type { Memory } from './memory.js';
import type { ScratchFs } from './scratch.js';

export interface MemoryFs extends ScratchFs {
  /** Files by path. */
  readonly files: Map<string, Uint8Array>;
  readonly directories: Set<string>;
  /** Called before every write; throws to make it fail, or returns what an asynchronous write waits for. */
  beforeWrite: () => void | Promise<void>;
}

/** Scratch storage in a Map. */
function createMemoryFs(): MemoryFs {
  const files = new Map<string, Uint8Array>();
  const directories = new Set<string>();
  const fs: MemoryFs = {
    files,
    directories,
    beforeWrite: () => undefined,
    mkdtempSync(prefix) {
      const made = `${prefix}${directories.size + 1}`;
      directories.add(made);
      return made;
    },
    writeFileSync(path, bytes) {
      void fs.beforeWrite();
      files.set(path, bytes.slice());
    },
    async writeFile(path, bytes) {
      await fs.beforeWrite();
      files.set(path, bytes.slice());
    },
    async readFile(path) {
      const bytes = files.get(path);
      if (bytes === undefined) throw new Error(`ENOENT: ${path}`);
      return bytes;
    },
    async rm(path) {
      directories.delete(path);
      for (const file of files.keys()) if (file.startsWith(path)) files.delete(file);
    },
    removeAtExit: () => () => undefined,
  };
  return fs;
}

export interface TestMemory extends Memory {
  readonly fs: MemoryFs;
}

/** A memory of 64 MiB, or what the options say, that spills into a Map. */
export function createTestMemory(options: Partial<MemoryOptions> = {}): TestMemory {
  const fs = createMemoryFs();
  return { ...createMemory({ limitBytes: 64 * 2 ** 20, fs, ...options }), fs };
}

/** Rows as one batch per `batchRows`, each with one reference. */
export function buildBatches<R>(
  rows: Iterable<R>,
  options: { memory?: Memory; schema?: Schema<R>; batchRows?: number } = {},
): Batch<R>[] {
  const batches: Batch<R>[] = [];
  const builder = createBatchBuilder<R>({
    memory: createTestMemory(),
    stage: 'test',
    ...options,
    onSchema: () => undefined,
    onBatch: (batch) => batches.push(batch),
  });
  for (const row of rows) builder.push(row);
  builder.finish();
  return batches;
}

/** All rows as one batch with one reference; there must be some. */
export function buildBatch<R>(rows: Iterable<R>, schema?: Schema<R>): Batch<R> {
  const [batch] = buildBatches(rows, schema === undefined ? {} : { schema });
  if (batch === undefined) throw new RangeError('no rows were given to build a batch of');
  return batch;
}
