// Owns what of a text from elsewhere goes to a terminal: one line, of limited length, that neither moves the cursor nor holds
// a credential. Pure.
import { stripVTControlCharacters } from 'node:util';
import { withoutSecrets } from '../secrets/without-secrets.js';

/** Characters that are shown: keys of S3, the longest targets, have 1,024. */
const mostCharacters = 1_024;
/** Control characters, line breaks of Unicode, and those that turn the direction of what follows. */
const unsafe = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu;

/** Targets and messages of errors are made by users, stores and servers. */
export function safeText(text: string): string {
  // Cut first, so that no pattern works on megabytes; what the cut halves goes with the second one.
  const cut = text.slice(0, 2 * mostCharacters);
  // A control character within a name must not hide the credential after it.
  const clean = withoutSecrets(stripVTControlCharacters(cut).replaceAll(unsafe, ' ')).trim();
  const isWhole = cut.length === text.length && clean.length <= mostCharacters;
  return isWhole ? clean : `${clean.slice(0, mostCharacters - 1)}…`;
}
