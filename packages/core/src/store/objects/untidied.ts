// Owns what a commit has left since it could not be tidied: its output is done all the same, and the next one of this process on the
// same path tries again. To others its stage belongs to a process that lives, so that nobody else would.
import { messageOf } from '../../errors/tailrace-error.js';
import type { ObjectPlace } from './object-keys.js';
import type { Objects } from './objects.js';

/** Takes away what a run that has published needs no more. */
export type Tidy = (objects: Objects, place: ObjectPlace) => Promise<void>;

export interface Tidying {
  /** Right behind the commit. */
  readonly now: Tidy;
  /** Later, when others may have published since: what a version names that is kept must stay. */
  readonly later: Tidy;
}

export interface TidyScene {
  /** The same object for equal options. */
  readonly connection: object;
  readonly place: ObjectPlace;
  readonly objects: Objects;
  /** Calls that end some time after those of `objects`. */
  readonly uncancelled: Objects;
}

export interface Untidied {
  /** Never rejects: done is done. */
  tidy(scene: TidyScene, tidying: Tidying): Promise<void>;
  /** Takes up what was left at a place, up to the first that fails again. Never rejects. @returns what is to be told of that */
  tidyAgain(scene: TidyScene): Promise<readonly string[]>;
}

interface Left {
  readonly connection: object;
  readonly place: ObjectPlace;
  readonly later: Tidy;
}

/** Outputs that are remembered. Older ones the next process takes up, or a sweep. */
const maxLeft = 256;

export function createUntidied(): Untidied {
  let left: readonly Left[] = [];
  return {
    async tidy({ connection, place, uncancelled }, { now, later }) {
      try {
        await now(uncancelled, place);
      } catch {
        left = [...left, { connection, place, later }].slice(-maxLeft);
      }
    },
    async tidyAgain({ connection, place, objects }) {
      const here = left.filter(
        (each) =>
          each.connection === connection &&
          each.place.container === place.container &&
          each.place.key === place.key,
      );
      for (const each of here) {
        try {
          await each.later(objects, place);
        } catch (error) {
          return [
            `What earlier outputs have left beside ${place.path} could not be removed: ${messageOf(error)} ` +
              'It is tried again with the next output.',
          ];
        }
        left = left.filter((other) => other !== each);
      }
      return [];
    },
  };
}
