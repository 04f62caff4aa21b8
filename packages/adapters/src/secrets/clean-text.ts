// Owns the cut of a text of any length to one that may be shown: without credentials.
import { withoutUserInfo } from './user-info.js';
import { withoutSecrets } from './without-secrets.js';

/**
 * What a cut may have left of a token, or of the key of AWS that comes after its id, which is hidden by then. What follows `***@`
 * is a host.
 */
const halved = /(?:(?<![\w.-])eyJ[\w.-]{8,}|(?<=\*\*\*(?!@)[^A-Za-z0-9+/=]{1,4})[A-Za-z0-9+/]{1,39})$/;
const lastWord = /(?<!\S)\S+$/;

/**
 * The beginning of a text without credentials, those included that its end has halved: the others may be so long that it is
 * in sight when they are out.
 * @param rest of the text, where it has been cut: it is looked at only for where the address ends that has been cut in two
 */
export function cleanBeginning(beginning: string, rest: string): string {
  if (rest === '') return withoutSecrets(beginning);
  return withoutSecrets(withoutHalvedUserInfo(beginning, rest)).replace(halved, '***');
}

function withoutHalvedUserInfo(beginning: string, rest: string): string {
  const word = lastWord.exec(beginning)?.[0];
  if (word?.includes('://') !== true) return beginning;
  const end = rest.search(/\s/);
  return beginning.slice(0, -word.length) + withoutUserInfo(word, end < 0 ? rest : rest.slice(0, end));
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
  const shown = cleanBeginning(beginning, said.slice(beginning.length));
  const more = said.length - characters;
  return more <= 0 ? shown : `${shown.slice(0, characters)} [... ${more} more]`;
}
