// Owns all files of one attempt: which are open, which are finished, and that an abort leaves none of them.
import type { StagedFile } from '../sink.js';
import { openPartFile, type PartContext, type PartFile } from './part-file.js';

export interface AttemptFiles {
  /** Opens a part at a path relative to the target. */
  open(path: string, partition: StagedFile['partition']): Promise<PartFile>;
  /** Parts that are on stable storage, in the order of their names. */
  finished(): readonly StagedFile[];
  /** Removes everything, open and finished. Idempotent; does not throw. */
  abort(): Promise<void>;
}

export function createAttemptFiles(context: PartContext): AttemptFiles {
  const opened = new Set<PartFile>();
  const done: StagedFile[] = [];

  return {
    async open(path, partition) {
      const part = await openPartFile(context, path, partition);
      opened.add(part);
      return {
        get rows() {
          return part.rows;
        },
        get encodedBytes() {
          return part.encodedBytes;
        },
        write: (batch) => part.write(batch),
        async finish() {
          // Still counted as open when it fails, so that abort() finds it.
          const file = await part.finish();
          opened.delete(part);
          done.push(file);
          return file;
        },
        async abort() {
          opened.delete(part);
          await part.abort();
        },
      };
    },
    finished: () => done.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)),
    async abort() {
      const parts = [...opened];
      const files = done.splice(0);
      opened.clear();
      // A store's abort must not throw; one that does is not allowed to keep the others' files in place.
      for (const part of parts) await part.abort().catch(() => undefined);
      // The attempt's signal is aborted by now, as a rule; what clears up must not be stopped by it.
      const staged = { ...context.staged, signal: new AbortController().signal };
      for (const file of files) {
        // What cannot be removed now goes when the output commits or aborts: it is in no manifest.
        await context.store.removeFile({ ...staged, file }).catch(() => undefined);
      }
    },
  };
}
