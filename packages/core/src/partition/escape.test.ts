import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlanError, ValueError } from '../errors/named-errors.js';
import { checkPartitionColumn, escapeText, nullPartition, partitionSegment, unescapeText } from './escape.js';

const segmentOf = (value: string | null): string => partitionSegment('p', value, 7);

describe('escapeText', () => {
  it('escapes every character that Spark escapes, and nothing else', () => {
    const marks = '"#%\'*/:=?\\{[]^';
    expect(escapeText(marks)).toBe('%22%23%25%27%2A%2F%3A%3D%3F%5C%7B%5B%5D%5E');
    expect(escapeText('\x01\x1f\x7f')).toBe('%01%1F%7F');
    expect(escapeText(' }|<>&$!~`@+,;().-_aZ9é漢😀')).toBe(' }|<>&$!~`@+,;().-_aZ9é漢😀');
  });

  it('escapes a special first character too', () => {
    expect(escapeText('/etc')).toBe('%2Fetc');
  });

  it('is undone by unescapeText for any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => unescapeText(escapeText(text)) === text));
    fc.assert(
      fc.property(fc.stringMatching(/^[%0-9A-Fa-f/=]*$/), (text) => unescapeText(escapeText(text)) === text),
    );
  });
});

describe('unescapeText', () => {
  it('leaves alone a percent sign that begins no escape', () => {
    expect(unescapeText('100%, %zz, %2')).toBe('100%, %zz, %2');
  });
});

describe('partitionSegment', () => {
  it('gives null and the empty string the marker that Hive and Spark use', () => {
    expect(segmentOf(null)).toBe(`p=${nullPartition}`);
    expect(segmentOf('')).toBe(`p=${nullPartition}`);
  });

  it('escapes a letter of what DuckDB would take for null', () => {
    expect(segmentOf('null')).toBe('p=%6Eull');
    expect(unescapeText(segmentOf('NULL'))).toBe('p=NULL');
    expect(segmentOf('nulls')).toBe('p=nulls');
  });

  it('escapes the column name as well', () => {
    expect(partitionSegment('a/b=c', 'x', 0)).toBe('a%2Fb%3Dc=x');
  });

  it('never leaves its directory, whatever the value', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('..', '.', '../..', '/', '\\', 'C:\\', '~', '%2F..', '\u2215'),
    );
    fc.assert(
      fc.property(hostile, hostile, (column, value) => {
        let segment: string;
        try {
          checkPartitionColumn(column);
          segment = partitionSegment(column, value, 0);
        } catch (error) {
          return error instanceof ValueError || error instanceof PlanError;
        }
        return (
          !segment.includes('/') &&
          !segment.includes('\\') &&
          !segment.includes('\0') &&
          !/^\.+$/.test(segment)
        );
      }),
    );
  });

  it('refuses values that no reader would get back, and says which row and column brought them', () => {
    const refused = [
      'a\0b',
      '\ud800',
      'x\udc00y',
      nullPartition,
      'x'.repeat(254),
      '漢'.repeat(85),
      '/'.repeat(85),
    ];
    for (const value of refused) {
      const refusal = expect(() => segmentOf(value), JSON.stringify(value));
      refusal.toThrow(ValueError);
      refusal.toThrow(/Row 7 of the write .* column "p"/);
    }
  });

  it('takes a name of exactly 255 bytes', () => {
    expect(Buffer.byteLength(segmentOf('x'.repeat(253)))).toBe(255);
  });
});

describe('checkPartitionColumn', () => {
  it('refuses column names that readers skip or cannot read', () => {
    for (const column of ['', '.hidden', 'a\0', '\udfff', 'x'.repeat(240)]) {
      expect(() => checkPartitionColumn(column), JSON.stringify(column)).toThrow(PlanError);
    }
    for (const column of ['year', '_private', 'a b', 'größe', '__proto__']) checkPartitionColumn(column);
  });
});
