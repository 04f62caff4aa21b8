import { describe, expect, it } from 'vitest';
import { formatFigure, formatRatio } from './format.js';

describe('figures', () => {
  it('have three digits, whatever their size', () => {
    const figures = [
      0,
      0.000123456,
      0.0123456,
      1.23456,
      12.3456,
      123.456,
      1234.56,
      3_000_000,
      -2.5,
      Number.NaN,
    ];
    expect(figures.map(formatFigure)).toEqual([
      '0',
      '0.000123',
      '0.0123',
      '1.23',
      '12.3',
      '123',
      '1,235',
      '3,000,000',
      '-2.50',
      '–',
    ]);
  });

  it('that compare with Tailrace end in x; without a ratio there is a dash', () => {
    expect([1.826, null, Number.POSITIVE_INFINITY].map(formatRatio)).toEqual(['1.83 x', '–', '–']);
  });
});
