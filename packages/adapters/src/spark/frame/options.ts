// Owns options as Spark takes them: texts under names of its own.
import { isSecretName } from '../../secrets/secret-names.js';

/** Options of a format or a table, as Spark names them. */
export type FormatOptions = Readonly<Record<string, string | number | boolean>>;

export function textOptions(options: FormatOptions = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, String(value)]));
}

/** Names of options that Spark itself hides in its logs by default (`spark.redaction.regex`), and a few more. */
const secretName =
  /secret|passw|passphrase|token|credential|access[._-]?key|account[._-]?key|private[._-]?key|encryption[._-]?key/i;

/** Whether the value of an option is a secret, as far as its name tells. */
export const isSecretOption = (name: string): boolean => secretName.test(name) || isSecretName(name);

/** The options without those whose values may be secret, by their names: URLs are left out too, as they may hold a password. */
export function openOptions(options: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const isOpen = ([name]: [string, string]): boolean => !isSecretOption(name) && !/url/i.test(name);
  return Object.fromEntries(Object.entries(options).filter(isOpen));
}
