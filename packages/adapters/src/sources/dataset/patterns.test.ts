import picomatch from 'picomatch';
import { describe, expect, it } from 'vitest';
import { checkPattern, plainSigns } from './patterns.js';

const matches = (pattern: string, name: string): boolean =>
  picomatch(plainSigns(pattern), { nonegate: true })(name);

describe('a pattern', () => {
  it('takes parentheses and a first ! for what they are, except in groups', () => {
    expect(matches('a (1)*.csv', 'a (1).csv')).toBe(true);
    expect(matches('a (1)*.csv', 'a 1.csv')).toBe(false);
    expect(matches('!x*', '!xy')).toBe(true);
    expect(matches('!x*', 'y')).toBe(false);
    expect(matches('@(a|b)(1)*', 'b(1)c')).toBe(true);
    expect(matches('@(a|b)(1)*', 'b1c')).toBe(false);
    expect(matches('!(x)*', 'y')).toBe(true);
    expect(matches('\\@(a)*', '@(a)b')).toBe(true);
    expect(matches('a)*', 'a)b')).toBe(true);
  });

  it('with a range in braces is refused: matchers know none', () => {
    for (const pattern of ['p-{1..12}', '{a,b..c}/*.csv', 'x/{01..03}*'])
      expect(() => checkPattern(pattern), pattern).toThrow(
        /has a range, \{.*\.\..*\}, which patterns do not have/,
      );
    for (const pattern of ['p-{1,2}', '../{a,b}/..c', 'p-\\{1..2\\}*', '{a}..{b}'])
      expect(() => checkPattern(pattern), pattern).not.toThrow();
  });
});
