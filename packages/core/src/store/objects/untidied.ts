// Owns what a commit has left since it could not be tidied: its output is done all the same, and the next one of this process on the
// same path tries again. To others its stage belongs to a process that lives, so that nobody else would.
import type { ObjectPlace } from './object-keys.js';
import type { Objects } from './objects.js';

/** Takes away what a run that has published needs no more. Calling it again does no harm. */
export type Tidy = (objects: Objects, place: ObjectPlace) => Promise<void>;

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
  tidy(scene: TidyScene, act: Tidy): Promise<void>;
  /** Takes up once more what was left at a place. Never rejects: what fails again stays for the next time. */
  tidyAgain(scene: TidyScene): Promise<void>;
}

interface Left {
  readonly connection: object;
  readonly place: ObjectPlace;
  readonly act: Tidy;
}

/** Outputs that are remembered. Older ones the next process takes up, or a sweep. */
const maxLeft = 256;

export function createUntidied(): Untidied {
  let left: readonly Left[] = [];
  return {
    async tidy({ connection, place, uncancelled }, act) {
      if (!(await succeeds(act(uncancelled, place))))
        left = [...left, { connection, place, act }].slice(-maxLeft);
    },
    async tidyAgain({ connection, place, objects }) {
      const here = left.filter(
        (each) =>
          each.connection === connection &&
          each.place.container === place.container &&
          each.place.key === place.key,
      );
      for (const each of here) {
        if (await succeeds(each.act(objects, place))) left = left.filter((other) => other !== each);
      }
    },
  };
}

function succeeds(ending: Promise<void>): Promise<boolean> {
  return ending.then(
    () => true,
    () => false,
  );
}
