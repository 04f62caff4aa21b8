// Owns the cut of a text of any length to one that may be shown: without credentials.
import { withoutSecrets } from './without-secrets.js';

/**
 * What a cut may have left of a token, of an address that begins with a user and a password, or of the key of AWS that comes
 * after its id, which is hidden by then.
 */
const halved =
  /(?:(?<![\w.-])eyJ[\w.-]{8,}|(?<=:\/\/)[^\s/]+|(?<=\*\*\*[^A-Za-z0-9+/=]{1,4})[A-Za-z0-9+/]{1,39})$/;
/** The last word: the pattern below would look for its end anew from each address. */
const lastWord = /(?<![^\s'"])[^\s'"]+$/;
/** Of a password with slashes and the like in it: no `@` says that it is one. */
const halvedAddress = /(?<=:\/\/)[^/?#:@]*:(?!\d{1,5}[/?#]).*$/;

/**
 * The beginning of a text without credentials, those included that its end has halved: the others may be so long that it is
 * in sight when they are out.
 * @param isWhole whether the text ends there by itself
 */
export function cleanBeginning(beginning: string, isWhole: boolean): string {
  const clean = withoutSecrets(beginning);
  if (isWhole) return clean;
  return clean.replace(lastWord, (word) => word.replace(halvedAddress, '***')).replace(halved, '***');
}

/**
 * Short texts that are shown as they are: ids and states come again and again, and looking for credentials takes far longer than
 * looking here. None that has one is kept.
 */
const harmless = new Set<string>();
/** Characters. A part of a longer text that has more would keep that text in V8's memory. */
const longestKept = 12;
const mostKept = 4_096;

/** Text without credentials, cut to a number of characters; says how many are left out. */
export function cleanText(said: string, characters: number): string {
  if (said.length > longestKept || said.length > characters) return cleanedText(said, characters);
  if (harmless.has(said)) return said;
  const shown = cleanedText(said, characters);
  if (shown === said) {
    if (harmless.size >= mostKept) harmless.clear();
    harmless.add(said);
  }
  return shown;
}

function cleanedText(said: string, characters: number): string {
  // Cut first, so that no pattern works on megabytes.
  const beginning = said.slice(0, 2 * characters);
  const shown = cleanBeginning(beginning, beginning.length === said.length);
  const more = said.length - characters;
  return more <= 0 ? shown : `${shown.slice(0, characters)} [... ${more} more]`;
}
