// Owns the cut of a text of any length to one that may be shown: without credentials. Pure.
import { withoutSecrets } from './without-secrets.js';

/** What a cut may have left of a token, or of an address that begins with a user and a password. */
const halved = /(?:(?<![\w.-])eyJ[\w.-]{8,}|(?<=:\/\/)[^\s/]+)$/;

/**
 * The beginning of a text without credentials, those included that its end has halved: the others may be so long that it is
 * in sight when they are out.
 * @param isWhole whether the text ends there by itself
 */
export function cleanBeginning(beginning: string, isWhole: boolean): string {
  const clean = withoutSecrets(beginning);
  return isWhole ? clean : clean.replace(halved, '***');
}

/** Text without credentials, cut to a number of characters; says how many are left out. */
export function cleanText(said: string, characters: number): string {
  // Cut first, so that no pattern works on megabytes.
  const beginning = said.slice(0, 2 * characters);
  const shown = cleanBeginning(beginning, beginning.length === said.length);
  const more = said.length - characters;
  return more <= 0 ? shown : `${shown.slice(0, characters)} [... ${more} more]`;
}
