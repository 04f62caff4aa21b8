import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDate, formatFloat, formatTimestamp } from './format-value.js';

describe('formatDate', () => {
  it('agrees with Date over its whole range', () => {
    fc.assert(
      fc.property(fc.integer({ min: -100_000_000, max: 100_000_000 }), (days) => {
        const [year = '', rest] = new Date(days * 86_400_000).toISOString().split(/(?<=\d)-(?=\d\d-\d\dT)/);
        // ISO strings have six digits beyond four-digit years.
        const short = year.replace(/^([+-])0*(\d{4,})$/, '$1$2');
        return formatDate(days) === `${short}-${rest?.slice(0, 5)}`;
      }),
    );
  });

  it('writes four digits, and a sign beyond', () => {
    expect(formatDate(0)).toBe('1970-01-01');
    expect(formatDate(11_017)).toBe('2000-03-01');
    expect(formatDate(-719_528)).toBe('0000-01-01');
    expect(formatDate(-719_529)).toBe('-0001-12-31');
    expect(formatDate(2_932_897)).toBe('+10000-01-01');
  });
});

describe('formatTimestamp', () => {
  it('writes whole seconds without a fraction, and no more digits than are needed', () => {
    expect(formatTimestamp(978_307_200n, 's')).toBe('2001-01-01 00:00:00');
    expect(formatTimestamp(978_307_200_000_000n, 'us')).toBe('2001-01-01 00:00:00');
    expect(formatTimestamp(978_307_200_120n, 'ms')).toBe('2001-01-01 00:00:00.12');
    expect(formatTimestamp(978_307_200_000_000_001n, 'ns')).toBe('2001-01-01 00:00:00.000000001');
  });

  it('counts backwards correctly before 1970', () => {
    expect(formatTimestamp(-1n, 'ms')).toBe('1969-12-31 23:59:59.999');
    expect(formatTimestamp(-1n, 's')).toBe('1969-12-31 23:59:59');
  });

  it('agrees with Date for milliseconds', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
        (date) => {
          const expected = date
            .toISOString()
            .replace('T', ' ')
            .replace(/\.?0*Z$/, '');
          const seconds = date.toISOString().slice(0, 19).replace('T', ' ');
          const text = formatTimestamp(BigInt(date.getTime()), 'ms');
          return date.getTime() % 1_000 === 0 ? text === seconds : text === expected;
        },
      ),
    );
  });

  it('has text of its own for every instant, to the ends of 64 bits', () => {
    const ticks = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    fc.assert(
      fc.property(ticks, fc.constantFrom('s', 'ms', 'us', 'ns'), (value, unit) => {
        const next = value === 2n ** 63n - 1n ? value - 1n : value + 1n;
        return formatTimestamp(value, unit) !== formatTimestamp(next, unit);
      }),
    );
  });
});

describe('formatFloat', () => {
  it('writes as Java does', () => {
    const cases: [number, string][] = [
      [0, '0.0'],
      [-0, '-0.0'],
      [1, '1.0'],
      [-2.5, '-2.5'],
      [0.001, '0.001'],
      [0.0001, '1.0E-4'],
      [9_999_999, '9999999.0'],
      [1e7, '1.0E7'],
      [1.25e-9, '1.25E-9'],
      [1e21, '1.0E21'],
      [Number.MAX_VALUE, '1.7976931348623157E308'],
      [Number.NaN, 'NaN'],
      [Number.NEGATIVE_INFINITY, '-Infinity'],
    ];
    for (const [value, text] of cases) expect(formatFloat(value)).toBe(text);
  });

  it('reads back as the same number', () => {
    fc.assert(fc.property(fc.double(), (value) => Object.is(Number(formatFloat(value)), value)));
  });
});
