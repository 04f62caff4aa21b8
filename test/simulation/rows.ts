// Owns the rows that simulated runs write: each says who wrote it and which one it is, so that a reader can tell what is
// missing, twice, or altered.
import { defineSchema, int32, utf8 } from '../../packages/core/src/batch/schema.js';

export interface SimRow {
  /** Process that wrote it. */
  readonly by: string;
  readonly n: number;
  /** Follows from `n`; also the partition column. */
  readonly part: string;
  /** Follows from `by` and `n`. */
  readonly text: string;
}

export const rowSchema = defineSchema({ by: utf8(), n: int32(), part: utf8(), text: utf8() });

const parts = ['a', 'b', 'c'] as const;

export function partOf(n: number): string {
  return parts[n % parts.length] ?? 'a';
}

export function rowOf(by: string, n: number, textLength: number): SimRow {
  return { by, n, part: partOf(n), text: `${by}.${n}.`.padEnd(textLength, String(n % 10)) };
}

/** Which of a run's rows an output is given. */
export interface RowChoice {
  readonly rows: number;
  /** Every n-th row is left out; 0: none is. */
  readonly without: number;
  readonly textLength: number;
}

export function isChosen(choice: RowChoice, n: number): boolean {
  return n < choice.rows && (choice.without === 0 || n % choice.without !== 0);
}

export function countOf(choice: RowChoice): number {
  let count = 0;
  for (let n = 0; n < choice.rows; n += 1) if (isChosen(choice, n)) count += 1;
  return count;
}
