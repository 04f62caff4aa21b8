// Owns what of a text from elsewhere goes to a terminal: one line, of limited length, that neither moves the cursor nor holds
// a credential. Pure.
import { stripVTControlCharacters } from 'node:util';
import { cleanBeginning } from '../secrets/clean-text.js';

/** Characters that are shown: keys of S3, the longest targets, have 1,024. */
const mostCharacters = 1_024;
/** Control characters, line breaks of Unicode, and those that turn the direction of what follows. */
const unsafe = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu;

/** Targets and messages of errors are made by users, stores and servers. */
export function safeText(text: string): string {
  // Cut first, so that no pattern works on megabytes.
  const cut = text.slice(0, 2 * mostCharacters);
  const isWhole = cut.length === text.length;
  // A control character within a name must not hide the credential after it.
  const clean = cleanBeginning(
    stripVTControlCharacters(cut).replaceAll(unsafe, ' '),
    text.slice(cut.length),
  ).trim();
  return isWhole && clean.length <= mostCharacters ? clean : `${clean.slice(0, mostCharacters - 1)}…`;
}
