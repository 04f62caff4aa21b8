// Owns options as Spark takes them: texts under names of its own.

export type SparkOptions = Readonly<Record<string, string | number | boolean>>;

export function textOptions(options: SparkOptions = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, String(value)]));
}
