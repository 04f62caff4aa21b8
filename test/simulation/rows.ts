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

export const parts: readonly string[] = ['a', 'b', 'c'];

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
  /** Only rows of these partitions; undefined: of all. */
  readonly parts?: readonly string[] | undefined;
}

export function isChosen({ rows, without, parts }: RowChoice, n: number): boolean {
  return n < rows && (without === 0 || n % without !== 0) && parts?.includes(partOf(n)) !== false;
}

export function countOf(choice: RowChoice): number {
  return [...countsOf(choice).values()].reduce((sum, count) => sum + count, 0);
}

const counted = new WeakMap<RowChoice, ReadonlyMap<string, number>>();

/** Rows of each partition; without those that have none. */
export function countsOf(choice: RowChoice): ReadonlyMap<string, number> {
  const known = counted.get(choice);
  if (known !== undefined) return known;
  const counts = new Map<string, number>();
  counted.set(choice, counts);
  for (let n = 0; n < choice.rows; n += 1)
    if (isChosen(choice, n)) counts.set(partOf(n), (counts.get(partOf(n)) ?? 0) + 1);
  return counts;
}
