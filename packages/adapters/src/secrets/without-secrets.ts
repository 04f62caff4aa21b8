// Owns which parts of a text are credentials, told by their form alone, and takes them out. Pure.
import { secretNameEnding as ending } from './secret-names.js';
import { withoutUserInfo } from './user-info.js';
import { withoutHeaders } from './without-headers.js';

/** What an address may be, with a quote in its password. */
const word = /\S+/g;
/** What an address may be behind its host. */
const run = /[^\s'"]+/g;
/** What follows the `?` of a path. */
const relativeQuery = /\?[\w.~%-]+=[^\s'"]*/g;
/** A quoted value, also within JSON within JSON. No group is repeated: that would hold a place on a stack for each time. */
const quoted = String.raw`\\+"[^"]*(?:"|$)|"[\s\S]*?(?:(?<!\\)(?:\\\\)*"|$)|'[^']*(?:'|$)`;
/**
 * One in braces, as some drivers of databases have it: a brace within is doubled, and what follows the last one may be of a password.
 * More of them would be looked for anew from each brace.
 */
const inBraces = String.raw`\{(?:[^}\r\n]|\}\}){0,200}(?:\}[^\s;]*|$)`;
/** Either, or one that ends with a space or a semicolon: passwords may hold the rest. */
const value = String.raw`${quoted}|${inBraces}|[^\s;]+`;
/** `password=...`, `"token": "..."`, `SharedAccessSignature=...`, `sig=...`. */
const named = new RegExp(String.raw`(?<![\w-])([\w-]*${ending})(\\*["']?\s*[:=]\s*)(?:${value})`, 'gi');
/** `Authorization: Bearer ...`. */
const authorization =
  /\b(authorization\\*["']?\s*[:=]\s*\\*["']?(?:[a-z][\w-]*\s+)?|bearer\s+|basic\s+)[\w+/=.~:-]{8,}/gi;
/** Where a word begins; the `n` of a line break that JSON has written is none of its letters. */
const begin = String.raw`(?:(?<![\w-])|(?<=\\[nrt]))`;
const cookie = '(?:set-)?cookie';
const authorizing = '(?:proxy-)?authorization';
/**
 * A header of several values: `Cookie: sid=...; theme=...`, `Authorization: Digest username="...", response="..."`. One value
 * between words is none: `Authorization: request id=42 was denied`.
 */
const header =
  String.raw`${cookie}\s*:\s*(?=[^\s=;,:"'\\]{1,200}=)` +
  String.raw`|${authorizing}\s*:\s*(?!bearer|basic)(?=[a-z][\w-]*\s+[\w-]+=` +
  String.raw`(?![^\s=,;"'\\]+[ \t]+[^\s=][^\r\n=]*(?:[\r\n]|$)))`;
const headerInQuotes = new RegExp(String.raw`(?<=')(${header})[^'\r\n]*`, 'gi');
const headerOfLine = new RegExp(`${begin}(?:${header})`, 'gi');
/**
 * `"cookie": "..."`, `authorization: '...'`, `'set-cookie': [ '...' ]`; as an archive of requests has it,
 * `"name": "Cookie", "value": "..."`; and as a list of names and values, `'Cookie', 'sid=...'`.
 */
const headerOfRecord = new RegExp(
  `${begin}(${cookie}|${authorizing})` +
    String.raw`(\\*["']?\s*[:=]\s*|\\*["']\s*,\s*(?:\\*["']?value\\*["']?\s*:\s*|` +
    String.raw`(?=\\*["'](?:[^\s=;,:"'\\]{1,200}=|[a-z][\w-]{0,200}\s+[\w-]{1,200}=))))` +
    String.raw`(?:${quoted}|\[[^\]]*(?:\]|$))`,
  'gi',
);
/** What follows the name of an option in a sentence about it: `--token is unknown`. */
const saidOfOption = String.raw`(?:is|was|are|were|has|had|not|must|cannot|needs|requires|and|or)(?=[.,:]?(?:\s|$))`;
/** `--password ...`, and as a list of arguments: `'--password', '...'`. Where another option follows there is no value. */
const longOption = new RegExp(
  String.raw`${begin}(--[\w-]*${ending})([ \t]+(?!${saidOfOption})|\\*["']\s*,\s*(?=\\*["']))(?!\\*["']?-)(?:${value})`,
  'gi',
);
/** A JSON Web Token: three parts of base64url, or five where it is encrypted, the first of which begins with `{"`. */
const webToken = new RegExp(String.raw`${begin}eyJ[\w-]{8,}(?:\.[\w-]*){2,4}`, 'g');
/** The id of a key of AWS, and the key where it comes next. */
const awsKey = new RegExp(
  String.raw`(?:(?<![A-Za-z0-9])|(?<=\\[nrt]))A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])` +
    '(?:[^A-Za-z0-9+/=]{1,4}[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=]))?',
  'g',
);
/** No pattern finds anything in a text without one of these, and most texts have none. */
const sign = /[:=?]|bearer|basic|eyJ|A[KS]IA|--/i;
/** Hardly any text has one of these. */
const rareSign = /cookie|authorization|eyJ|A[KS]IA|--/i;

/**
 * Text in which `***` stands for credentials, as far as these can be told by their form. Takes time that grows as the length of
 * the text, whatever it is.
 */
export function withoutSecrets(text: string): string {
  if (!sign.test(text)) return text;
  return (rareSign.test(text) ? withoutRareOnes(text) : text)
    .replace(word, (said) => withoutUserInfo(said))
    .replace(run, withoutQuery)
    .replace(relativeQuery, '?***')
    .replace(authorization, '$1***')
    .replace(named, '$1$2***');
}

/** Before the others: a header of several values would be hidden in parts only. */
const withoutRareOnes = (text: string): string =>
  withoutHeaders(text.replace(headerInQuotes, '$1***').replace(headerOfRecord, '$1$2***'), headerOfLine)
    .replace(longOption, '$1$2***')
    .replace(webToken, '***')
    .replace(awsKey, '***');

/** Takes out what follows the `?` of an address: signatures and tokens are there. */
function withoutQuery(said: string): string {
  if (!said.includes('?') || !said.includes('://')) return said;
  const parts = said.split(/(?=[?#])/);
  const at = parts.findIndex((part, index) => part.startsWith('?') && parts[index - 1]?.includes('://'));
  return at < 0 ? said : `${parts.slice(0, at).join('')}?***`;
}
