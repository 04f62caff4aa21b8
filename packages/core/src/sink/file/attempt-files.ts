// Owns all files of one attempt: which are open, which are being ended beside them, which are finished, and that an abort leaves
// none of them.
import type { StagedFile } from '../sink.js';
import { openPartFile, type PartContext, type PartFile } from './part-file.js';

/** A part whose end is waited for with those of all others. Its calls throw what the end of a part before it has failed of. */
export interface AttemptPart extends Omit<PartFile, 'finish' | 'abort'> {
  /**
   * Resolves when the memory of an open part is free again, on stores that tell of it before the file is on stable storage.
   * Throws what its end has failed of by then.
   */
  finish(): Promise<void>;
}

export interface AttemptFiles {
  /** Opens a part at a path relative to the target. Throws what the end of a part before it has failed of. */
  open(path: string, partition: StagedFile['partition']): Promise<AttemptPart>;
  /** Parts in the order of their names, once all that were finished are on stable storage. Throws what an end has failed of. */
  finished(): Promise<readonly StagedFile[]>;
  /** Removes everything, open and finished, when the ends that are under way are over. Idempotent; does not throw. */
  abort(): Promise<void>;
}

/** Parts that are being ended at a time: each is a call or two that waits for its answer. */
const mostEnding = 8;

export function createAttemptFiles(context: PartContext): AttemptFiles {
  const opened = new Set<PartFile>();
  const ending = new Set<Promise<void>>();
  const done: StagedFile[] = [];
  let failure: { readonly error: unknown } | undefined;

  /** What comes back is of the end itself; it is looked after here whoever waits for it. */
  const end = (part: PartFile, onHandedOver: () => void): Promise<void> => {
    const ended = part
      .finish(onHandedOver)
      .then(
        (file) => {
          // Still counted as open when it fails, so that abort() finds it.
          opened.delete(part);
          done.push(file);
        },
        (error: unknown) => {
          failure ??= { error };
          throw error;
        },
      )
      .finally(() => ending.delete(ended));
    ending.add(ended);
    // Of one that nobody waits for any more the next call tells.
    ended.catch(() => undefined);
    return ended;
  };
  const throwIfFailed = (): void => {
    if (failure !== undefined) throw failure.error;
  };

  return {
    async open(path, partition) {
      throwIfFailed();
      const part = await openPartFile(context, path, partition);
      opened.add(part);
      return {
        get rows() {
          return part.rows;
        },
        get encodedBytes() {
          return part.encodedBytes;
        },
        async write(batch) {
          throwIfFailed();
          await part.write(batch);
        },
        async finish() {
          throwIfFailed();
          // Parts are ended several at once: who has waited looks again.
          while (ending.size >= mostEnding) {
            await Promise.race(ending);
            throwIfFailed();
          }
          await new Promise<void>((resolve, reject) => {
            end(part, resolve).then(resolve, reject);
          });
        },
      };
    },
    async finished() {
      // Others need not be waited for then.
      throwIfFailed();
      await Promise.all(ending);
      return done.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
    },
    async abort() {
      // The attempt's signal is aborted by now, as a rule, which ends them soon.
      await Promise.allSettled(ending);
      const parts = [...opened];
      const files = done.splice(0);
      opened.clear();
      // A store's abort must not throw; one that does is not allowed to keep the others' files in place.
      for (const part of parts) await part.abort().catch(() => undefined);
      // What clears up must not be stopped by that signal.
      const staged = { ...context.staged, signal: new AbortController().signal };
      for (const file of files) {
        // What cannot be removed now goes when the output commits or aborts: it is in no manifest.
        await context.store.removeFile({ ...staged, file }).catch(() => undefined);
      }
    },
  };
}
