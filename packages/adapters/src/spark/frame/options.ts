// Owns options as Spark takes them: texts under names of its own.

/** Options of a format or a table, as Spark names them. */
export type FormatOptions = Readonly<Record<string, string | number | boolean>>;

export function textOptions(options: FormatOptions = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, String(value)]));
}

/**
 * Names of options that Spark itself hides in its logs by default (`spark.redaction.regex`), those of URLs, which may hold a
 * password, and a few more.
 */
const secretName =
  /secret|passw|passphrase|token|credential|access[._-]?key|account[._-]?key|private[._-]?key|url/i;

/** The options without those whose values may be secret, by their names. */
export function openOptions(options: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !secretName.test(name)));
}
