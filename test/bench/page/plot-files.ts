// Owns the names of the drawings of a case.
import type { CaseName } from '../harness/bench-case.js';

/** `rows.svg`, or `scale-2.svg` where a case has several. */
export function plotFile(name: CaseName, index: number, count: number): string {
  return count === 1 ? `${name}.svg` : `${name}-${index + 1}.svg`;
}
