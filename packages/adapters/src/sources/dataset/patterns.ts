// Owns what counts as a pattern of names, and what its signs mean: the same for local files and for those of stores. It lists nothing.
import { PlanError } from '@tailrace/core';

/** What makes a path a pattern. */
export const globSigns: RegExp = /[*?[\]{}]|[!+@]\(/;

export function isGlob(path: string): boolean {
  return globSigns.test(path);
}

/** Matchers take two dots for a class of characters: `{8..12}` would match `2`, and `{1..12}` not `12`. */
const range = /\{[^}]*\.\.[^}]*\}/;

/** Throws a PlanError for a range in braces: other files than asked for would be read without a word. */
export function checkPattern(pattern: string): void {
  const found = range.exec(pattern.replaceAll(/\\./g, '  '))?.[0];
  if (found === undefined) return;
  throw new PlanError(
    `'${pattern}' has a range, ${found}, which patterns do not have. Name each: {8,9,10}; or use a class of characters: [0-9].`,
    { operation: 'list files', context: { pattern } },
  );
}

/**
 * A pattern whose signs mean the same wherever they stand: parentheses are text unless they follow one of `@+*?!`, and so is a `!`
 * at the beginning. Matchers take the former for groups, `a (1)` for `a 1`, and the latter for everything else.
 */
export function plainSigns(pattern: string): string {
  let plain = '';
  let before = '';
  const isGroup: boolean[] = [];
  for (const sign of pattern.match(/\\?./gs) ?? []) {
    let isText = plain === '' && sign === '!' && pattern[1] !== '(';
    if (sign === '(') {
      isGroup.push(/^[@+*?!]$/.test(before));
      isText = isGroup.at(-1) === false;
    } else if (sign === ')') isText = isGroup.pop() !== true;
    plain += isText ? `\\${sign}` : sign;
    before = sign;
  }
  return plain;
}
