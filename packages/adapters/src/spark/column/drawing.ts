// Owns which of Spark's functions draw at random. Without a seed they are given one whenever their plan is analysed.

/** With the number of arguments that they have besides a seed, by their names in small letters. */
export const drawing: ReadonlyMap<string, number> = new Map([
  ['rand', 0],
  ['random', 0],
  ['randn', 0],
  ['uuid', 0],
  ['shuffle', 1],
]);
