// Owns which parts of what Spark says of SQL are credentials, told by their form: a text that tells of a statement quotes it. Pure.
import { withoutSecrets } from '../../secrets/without-secrets.js';

/** What stands for a secret. */
export const hidden = '***';

const word = '(?:secret|passw|passphrase|pwd|token|credential|key)';
/**
 * A text of SQL, also a raw one. Where it is cut off the value ends with it, and one that ends with an escaped quote goes on to the
 * next quote: too much is hidden then.
 */
const quoted = String.raw`r?(['"])[\s\S]*?(?:(?<!\\)(?:\\\\)*(?<!\2)\2(?!\2)|$)`;
/**
 * `(password 'x', "fs.s3a.secret.key" = "y")`: an item of a list, as SQL wants options. `Key 'a' does not exist` is no such item.
 */
const listed = new RegExp(
  String.raw`([(,]\s*["'\x60]?[\w.-]{0,100}?${word}[\w.-]{0,100}["'\x60]?(?:\s*=\s*|\s+))${quoted}`,
  'gi',
);
/** `password 'x'`, wherever it stands in a statement: one that Spark cannot read may lack its comma or its bracket. */
const stated = new RegExp(String.raw`(${word}[\w.-]{0,100}["'\x60]?(?:\s*=\s*|\s+))${quoted}`, 'gi');
/** `jdbc:oracle:thin:scott/tiger@host`. It ends before the next one, so that none is looked through more than once. */
const oracle = /(:thin:)(?:(?!:thin:)[^\s/@])*?\/(?:(?!:thin:)[^\s@])*?@/gi;

/** In between: the patterns of other texts take a quoted value for whole, and of another one what follows it, too. */
const hiddenText = `'${hidden}'`;

/** Where a message begins to quote a statement. */
const quote = '== SQL';

/** A text of SQL alone in which `***` stands for credentials. More than these may be hidden. */
export const statementWithoutSecrets = (text: string): string =>
  withoutSqlSecrets(text.replace(stated, `$1${hiddenText}`));

/** Text in which `***` stands for credentials. Takes time that grows as its length. */
export function withoutSqlSecrets(text: string): string {
  const at = text.indexOf(quote);
  const end = at < 0 ? text.length : at;
  const told = text.slice(0, end) + text.slice(end).replace(stated, `$1${hiddenText}`);
  // Before the others, which do not know how SQL escapes a quote.
  return withoutSecrets(told.replace(listed, `$1${hiddenText}`))
    .replaceAll(hiddenText, hidden)
    .replace(oracle, `$1${hidden}@`);
}
