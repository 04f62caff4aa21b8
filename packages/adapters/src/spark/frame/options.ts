// Owns options as Spark takes them: texts under names of its own.

/** Options of a format or a table, as Spark names them. */
export type FormatOptions = Readonly<Record<string, string | number | boolean>>;

export function textOptions(options: FormatOptions = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, String(value)]));
}
