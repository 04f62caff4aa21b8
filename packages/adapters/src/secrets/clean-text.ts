// Owns the cut of a text of any length to one that may be shown: without credentials. Pure.
import { withoutSecrets } from './without-secrets.js';

/** Text without credentials, cut to a number of characters; says how many are left out. */
export function cleanText(said: string, characters: number): string {
  // Cut first, so that no pattern works on megabytes; what that halves is cut off the second time.
  const shown = withoutSecrets(said.slice(0, 2 * characters));
  const more = said.length - characters;
  return more <= 0 ? shown : `${shown.slice(0, characters)} [... ${more} more]`;
}
