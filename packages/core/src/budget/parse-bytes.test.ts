import { describe, expect, it } from 'vitest';
import { parseBytes } from './parse-bytes.js';

describe('parseBytes', () => {
  it.each([
    ['256MiB', 268_435_456],
    ['1.5 GB', 1_500_000_000],
    [' 4096 ', 4_096],
    ['10kb', 10_000],
    ['1KiB', 1_024],
    [12.9, 12],
  ])('reads %j as %d', (amount, bytes) => {
    expect(parseBytes(amount)).toBe(bytes);
  });

  it.each([
    '',
    'much',
    '-1MiB',
    '1 XB',
    '1toString',
    '0',
    0,
    -5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '9e9',
    '99999TiB',
  ])('refuses %j and names the option', (amount) => {
    expect(() => parseBytes(amount, 'scratchLimit')).toThrow(
      expect.objectContaining({ code: 'PLAN_INVALID', message: expect.stringContaining('scratchLimit') }),
    );
  });

  it('refuses what JavaScript callers may pass', () => {
    // As an untyped caller would.
    expect(() => parseBytes(null as unknown as string)).toThrow(/such as 268435456/);
  });
});
