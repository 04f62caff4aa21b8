import { describe, expect, it } from 'vitest';
import { parseOptions } from './options.js';

describe('the command line', () => {
  it('runs everything in full when nothing is said', () => {
    expect(parseOptions([])).toEqual({ cases: [], quick: false, check: false, page: false, help: false });
  });

  it('takes cases and options in any order', () => {
    expect(parseOptions(['--quick', 'rows', '--check', 'text'])).toMatchObject({
      cases: ['rows', 'text'],
      quick: true,
      check: true,
    });
  });

  it('refuses a case that is not there, and names those that are', () => {
    expect(() => parseOptions(['row'])).toThrow(/no case 'row'; cases are pattern, rows/);
    expect(() => parseOptions(['--fast'])).toThrow(/--fast/);
  });
});
