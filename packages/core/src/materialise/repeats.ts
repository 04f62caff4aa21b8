// Owns the question whether the strings of a column repeat enough to be worth a dictionary, answered from a sample.

/** Strings below which a sample says nothing. */
const leastSeen = 1_024;
/** How often each distinct string must have come, on average. */
const leastRepeats = 8;
/** Distinct strings that are remembered; a column with more has no use for a dictionary per batch. */
const mostDistinct = 4_096;

export interface Repeats {
  add(text: string): void;
  readonly areMany: boolean;
}

export function createRepeats(): Repeats {
  const distinct = new Set<string>();
  let seen = 0;
  return {
    add(text) {
      seen += 1;
      if (distinct.size <= mostDistinct) distinct.add(text);
    },
    get areMany() {
      return seen >= leastSeen && distinct.size <= mostDistinct && distinct.size * leastRepeats <= seen;
    },
  };
}
