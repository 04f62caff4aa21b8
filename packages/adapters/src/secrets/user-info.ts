// Owns where the user and the password of an address end: `scheme://user:password@host`. Pure.
import { secretNameEnding } from './secret-names.js';

/** A user, which may hold an `@`, and a colon that is none of a host's port: `u:p`, and neither `h:80/x` nor `h:80,b://`. */
const passwordBegins = /^[^/?#:]*:(?!\d{1,5}(?:[/?#]|$|[,;|][a-z][\w+.-]*$))/i;
/** What comes after a host and its port. */
const afterHost = /[/?#]/;
/** What ends an address where an `@` has been found by then: a quote, or the scheme of the next one. */
const addressEnd = /['"]|:\/\//g;
/** What comes after the quote that ends a text, and hardly after one of a password. */
const afterText = /^.(?:[,:;}\])]|$)/;
/** `host:port/path;`, behind which some drivers have the rest: `;user=me;password=...`. */
const beforeProperties = /^[^/?#:@;]*(?::\d{1,5})?(?:\/[^;?#@]*)?;/;
const inBraces = /\{(?:[^}]|\}\})*(?:\}|$)/g;
/** `user=me@corp`. */
const plainProperty = /^\s*[\w-]+\s*=[^:]*$/;
/** Their last part. */
const jdbcScheme = /(?<!\w)jdbc:[\w:+.-]*$/i;
const longestScheme = 64;
const secretProperty = new RegExp(String.raw`;\s*[\w-]*${secretNameEnding}\s*=`, 'i');

/**
 * A word in which `***` stands for users and passwords of addresses. A password may hold an `@`, and what addresses are parted by:
 * it ends with the last `@` of its address, be that one of a path. Takes time that grows as the length of both texts.
 * @param word a text without spaces
 * @param rest how it goes on where it has been cut: only that tells whether what follows an `@` is a host, or more of a password
 */
export function withoutUserInfo(word: string, rest = ''): string {
  if (!word.includes('://')) return word;
  const whole = word + rest;
  const lastAt = createLastAt(whole);
  let clean = '';
  let told = 0;
  let from = whole.indexOf('://') + 3;
  while (from >= 3 && from <= word.length) {
    const end = endOfUserInfo(whole, from, lastAt);
    if (end !== undefined) {
      clean += `${whole.slice(told, from)}***`;
      told = end;
    }
    from = whole.indexOf('://', end ?? from) + 3;
  }
  return clean + word.slice(told);
}

/** The last `@` of the text without quotes in which a place stands, if it comes after that place. */
type LastAt = (from: number) => number | undefined;

/** @returns where its `@` stands; undefined where there is none */
function endOfUserInfo(whole: string, from: number, lastAt: LastAt): number | undefined {
  addressEnd.lastIndex = from;
  const { index: to = whole.length, 0: stop = '' } = addressEnd.exec(whole) ?? {};
  const piece = whole.slice(from, to);
  if (hasProperties(whole, from, piece)) return undefined;
  const hasPassword = passwordBegins.test(piece);
  const endOfHost = piece.search(afterHost);
  const at = (hasPassword || endOfHost < 0 ? piece : piece.slice(0, endOfHost)).lastIndexOf('@');
  const isQuoted = stop !== '' && stop !== '://' && !afterText.test(whole.slice(to, to + 2));
  const mayGoOn = isQuoted && hasPassword && !afterHost.test(piece.slice(Math.max(0, at)));
  if (at >= 0 && !mayGoOn) return from + at;
  // A password may hold what parts addresses, and what quotes them: its `@` tells.
  if (stop === '://') return hasPassword ? lastAt(from) : undefined;
  if (at < 0 && (stop === '' || endOfHost >= 0 || (!hasPassword && !isQuoted))) return undefined;
  const beyond = whole.slice(to);
  const end = beyond.search(afterHost);
  const atBeyond = beyond.slice(0, end < 0 ? beyond.length : end).lastIndexOf('@');
  if (atBeyond >= 0) return to + atBeyond;
  return at < 0 ? undefined : from + at;
}

/** Whether its credentials are properties behind its host: an `@` in one of them ends no user. */
function hasProperties(whole: string, from: number, piece: string): boolean {
  if (!beforeProperties.test(piece)) return false;
  if (jdbcScheme.test(whole.slice(Math.max(0, from - longestScheme), from - 3)))
    return piece.replace(inBraces, '').split(';').slice(1).every(isProperty);
  const at = piece.indexOf('@');
  return secretProperty.test(at < 0 ? piece : piece.slice(0, at));
}

/** One with an `@` that is hidden for its name, or has no password before it. Else it is part of a password, or of an address. */
function isProperty(text: string): boolean {
  return !text.includes('@') || secretProperty.test(`;${text}`) || plainProperty.test(text);
}

/** It is asked for places in their order: each part of the text is looked through once. */
function createLastAt(whole: string): LastAt {
  let end = 0;
  let at = -1;
  return (from) => {
    if (from >= end) {
      const length = whole.slice(from).search(/['"]/);
      end = length < 0 ? whole.length : from + length;
      const found = whole.slice(from, end).lastIndexOf('@');
      at = found < 0 ? -1 : from + found;
    }
    return at < from ? undefined : at;
  };
}
