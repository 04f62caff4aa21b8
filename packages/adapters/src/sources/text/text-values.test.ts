import type { DataType } from '@tailrace/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TextProblem } from './text-problem.js';
import { textParser } from './text-values.js';

const parse = (type: DataType, text: string): unknown => textParser(type)(text);
const refused = (type: DataType, texts: readonly string[]): void => {
  for (const text of texts) expect(() => parse(type, text), text).toThrowError(TextProblem);
};

describe('text values', () => {
  it('parse booleans and refuse anything else', () => {
    expect(['true', 'FALSE', '1', '0'].map((text) => parse({ kind: 'bool' }, text))).toEqual([
      true,
      false,
      true,
      false,
    ]);
    refused({ kind: 'bool' }, ['', 'yes', '2', ' true']);
  });

  it('parse 32-bit integers within their range', () => {
    const type: DataType = { kind: 'int32' };
    expect(['0', '-2147483648', '2147483647', '+7', '007'].map((text) => parse(type, text))).toEqual([
      0, -2_147_483_648, 2_147_483_647, 7, 7,
    ]);
    expect(Object.is(parse(type, '-0'), 0)).toBe(true);
    refused(type, ['', ' 1', '1.0', '1e3', '0x10', '2147483648', '-2147483649', 'NaN']);
  });

  it('parse 64-bit integers exactly, as bigint or as safe number', () => {
    const bigint: DataType = { kind: 'int64', js: 'bigint' };
    const number: DataType = { kind: 'int64', js: 'number' };
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        expect(parse(bigint, String(value))).toBe(value);
      }),
    );
    expect(parse(bigint, '+5')).toBe(5n);
    refused(bigint, ['9223372036854775808', '-9223372036854775809', '', '1.5', '0x1']);
    expect(parse(number, '-9007199254740991')).toBe(-9_007_199_254_740_991);
    refused(number, ['9007199254740992', '9007199254740993', '']);
  });

  it('parse every number that JavaScript writes', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        // String writes -0 as 0.
        const expected = value === 0 ? 0 : value;
        expect(parse({ kind: 'float64' }, String(value))).toBe(expected);
      }),
    );
    expect(['.5', '5.', '-1E+3', 'nan', '-inf'].map((text) => parse({ kind: 'float64' }, text))).toEqual([
      0.5,
      5,
      -1_000,
      Number.NaN,
      Number.NEGATIVE_INFINITY,
    ]);
    refused({ kind: 'float64' }, ['', ' ', '.', '1,5', '1 000', '0x1F', '1e', 'NA', '--1']);
  });

  it.each(['string', 'bigint'] as const)(
    'parse decimals exactly as %s, and refuse what is none of the column',
    (js) => {
      const type: DataType = { kind: 'decimal', bits: 128, precision: 5, scale: 2, js };
      const texts = ['9', '-9.5', '+007.10', '999.99', '-0.00', '1.230'];
      const units = [900n, -950n, 710n, 99_999n, 0n, 123n];
      const written = ['9.00', '-9.50', '7.10', '999.99', '0.00', '1.23'];
      expect(texts.map((text) => parse(type, text))).toEqual(js === 'bigint' ? units : written);
      refused(type, ['abc', '', '1.234', '1000', '1e2', '.5', '1,5', ' 1', 'NaN']);
    },
  );

  it('parse days of the calendar only', () => {
    const type: DataType = { kind: 'date' };
    expect(parse(type, '2000-02-29')).toEqual(new Date('2000-02-29T00:00:00Z'));
    expect(parse(type, '0099-12-31')).toEqual(new Date('0099-12-31T00:00:00Z'));
    refused(type, ['2001-02-29', '2001-13-01', '2001-00-10', '2001-1-1', '2001-01-01T00:00', '']);
  });

  it('parse timestamps with and without offsets', () => {
    const utc: DataType = { kind: 'timestamp', unit: 'ms', timezone: 'UTC', js: 'date' };
    const instant = new Date('2001-06-30T19:17:05.250Z');
    for (const text of [
      '2001-06-30 19:17:05.25',
      '2001-06-30T19:17:05.250Z',
      '2001-06-30T21:17:05.25+02:00',
      '2001-06-30 13:47:05.250000-0530',
    ]) {
      expect(parse(utc, text)).toEqual(instant);
    }
    expect(parse(utc, '2001-06-30')).toEqual(new Date('2001-06-30T00:00:00Z'));
    refused(utc, [
      '2001-06-31 00:00',
      '2001-06-30 24:00',
      '2001-06-30 00:60',
      'June 30, 2001',
      '2001-06-30 00:00:00.0001',
    ]);
  });

  it('refuse to guess a zone', () => {
    refused({ kind: 'timestamp', unit: 'ms', timezone: null, js: 'date' }, ['2001-06-30T00:00:00Z']);
    refused({ kind: 'timestamp', unit: 'ms', timezone: 'America/New_York', js: 'date' }, [
      '2001-06-30T00:00:00',
    ]);
  });

  it('keep nanoseconds as bigint, and refuse what is finer than the unit', () => {
    const ns: DataType = { kind: 'timestamp', unit: 'ns', timezone: null, js: 'bigint' };
    expect(parse(ns, '1969-12-31 23:59:59.999999999')).toBe(-1n);
    expect(parse(ns, '2001-01-01 00:00:00.000000001')).toBe(978_307_200_000_000_001n);
    const us: DataType = { kind: 'timestamp', unit: 'us', timezone: null, js: 'number' };
    expect(parse(us, '2001-01-01 00:00:00.000001')).toBe(978_307_200_000_001);
    refused(us, ['2001-01-01 00:00:00.0000001']);
    refused({ ...ns, js: 'number' }, ['2001-01-01']);
    refused(ns, ['9999-01-01']);
  });

  it('parse years of more than four digits, as far as the column holds them', () => {
    expect(parse({ kind: 'date' }, '+275760-09-13')).toEqual(new Date(8.64e15));
    expect(parse({ kind: 'date' }, '-000001-12-31')).toEqual(new Date('-000001-12-31T00:00:00Z'));
    refused({ kind: 'date' }, ['+275760-09-14', '12345-01-01', '+00001-01-01']);
    const s: DataType = { kind: 'timestamp', unit: 's', timezone: 'UTC', js: 'bigint' };
    expect(parse(s, '+292277026596-12-04T15:30:07Z')).toBe(2n ** 63n - 1n);
    refused(s, ['+292277026596-12-04T15:30:08Z']);
  });

  it('parse every day as Date does', () => {
    fc.assert(
      fc.property(fc.integer({ min: -100_000_000, max: 100_000_000 }), (days) => {
        const date = new Date(days * 86_400_000);
        expect(parse({ kind: 'date' }, date.toISOString().split('T')[0] ?? '')).toEqual(date);
      }),
    );
  });

  it('parse times of day as counts of the unit, and refuse what is finer', () => {
    expect(parse({ kind: 'time', unit: 's' }, '23:59:59')).toBe(86_399);
    expect(parse({ kind: 'time', unit: 'ms' }, '00:00:01.5')).toBe(1_500);
    expect(parse({ kind: 'time', unit: 'ns' }, '23:59:59.999999999')).toBe(86_399_999_999_999);
    refused({ kind: 'time', unit: 'ms' }, [
      '',
      '24:00:00',
      '1:00:00',
      '00:60:00',
      '00:00:00.0001',
      '00:00:00Z',
    ]);
  });

  it('parse durations as integers of 64 bits', () => {
    expect(parse({ kind: 'duration', unit: 'us', js: 'bigint' }, '-9223372036854775808')).toBe(-(2n ** 63n));
    refused({ kind: 'duration', unit: 'us', js: 'number' }, ['9007199254740993', '1.5', 'PT1S']);
  });

  it('parse bytes in base64 or hexadecimal digits, and refuse what is cut or has anything else', () => {
    const binary: DataType = { kind: 'binary' };
    expect(parse(binary, 'AP8q')).toEqual(Uint8Array.of(0, 255, 42));
    expect(textParser(binary, 'hex')('00fF2a')).toEqual(Uint8Array.of(0, 255, 42));
    expect(parse(binary, '')).toEqual(new Uint8Array(0));
    refused(binary, ['AP8', 'AP8qA', 'AP 8', 'A-_q', 'AB==']);
    expect(() => textParser(binary, 'hex')('abc')).toThrow(TextProblem);
    refused({ kind: 'fixed_binary', width: 2 }, ['AP8q', '']);
  });
});
