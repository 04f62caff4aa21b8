// Owns which parts of what Spark says of SQL are credentials, told by their form: a text that tells of a statement quotes it. Pure.
import { withoutSecrets } from '../../secrets/without-secrets.js';

/** What stands for a secret. */
export const hidden = '***';

/**
 * `(password 'x', "fs.s3a.secret.key" = "y")`: an item of a list, as SQL wants options. Where the text is cut off, the value ends
 * with it. `Key 'a' does not exist` is no such item.
 */
const listed =
  /([(,]\s*["'`]?[\w.-]{0,100}?(?:secret|passw|token|credential|key)[\w.-]{0,100}["'`]?(?:\s*=\s*|\s+))(['"])[\s\S]*?(?:(?<!\\)(?:\\\\)*\2|$)/gi;
/** `jdbc:oracle:thin:scott/tiger@host`. It ends before the next one, so that none is looked through more than once. */
const oracle = /(:thin:)(?:(?!:thin:)[^\s/@])*?\/(?:(?!:thin:)[^\s@])*?@/gi;

/** Text in which `***` stands for credentials. Takes time that grows as its length. */
export const withoutSqlSecrets = (text: string): string =>
  withoutSecrets(text).replace(listed, `$1${hidden}`).replace(oracle, `$1${hidden}@`);
