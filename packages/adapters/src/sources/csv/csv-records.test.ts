import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCsvScanner } from './csv-records.js';

const grammar = { path: 'x.csv', delimiter: ',', maxRecordLength: 1_000 };

function scan(
  text: string,
  pieceLength: number = text.length,
): { line: number; fields: readonly string[] }[] {
  const scanner = createCsvScanner(grammar);
  const records: { line: number; fields: readonly string[] }[] = [];
  for (let at = 0; at < text.length; at += Math.max(1, pieceLength)) {
    records.push(...scanner.push(text.slice(at, at + Math.max(1, pieceLength))));
  }
  records.push(...scanner.finish());
  return records.map(({ line, fields }) => ({ line, fields }));
}

const fields = (text: string): (readonly string[])[] => scan(text).map((record) => record.fields);

describe('CSV records', () => {
  it('follow RFC 4180', () => {
    expect(fields('a,b\r\n1,2\r\n')).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ]);
    expect(fields('a,b\n1,2')).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ]);
    expect(fields('"a ""b"" c","x,y","line\r\nbreak"\n')).toEqual([['a "b" c', 'x,y', 'line\r\nbreak']]);
    expect(fields('"",,""\n')).toEqual([['', '', '']]);
    expect(fields('a,"b"')).toEqual([['a', 'b']]);
    expect(fields('"a",b\r')).toEqual([['a', 'b']]);
    expect(fields('a,\n,b\n"x",\n')).toEqual([
      ['a', ''],
      ['', 'b'],
      ['x', ''],
    ]);
  });

  it('skip empty lines but count them', () => {
    expect(scan('a\n\n\r\nb\n"c\nd"\ne')).toEqual([
      { line: 1, fields: ['a'] },
      { line: 4, fields: ['b'] },
      { line: 5, fields: ['c\nd'] },
      { line: 7, fields: ['e'] },
    ]);
  });

  it('tell quoted fields from unquoted ones', () => {
    const [record] = createCsvScanner(grammar).push('NA,"NA"\n');
    expect(record?.quoted).toEqual([false, true]);
  });

  it('come back as they were written, however the text is cut into pieces', () => {
    const field = fc.string({ unit: fc.constantFrom('a', 'é', ',', '"', '\n', '\r', ' ', ''), maxLength: 8 });
    const record = fc.array(field, { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 8 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        fc.integer({ min: 1, max: 12 }),
        (records, lineEnd, endsWithLine, pieceLength) => {
          const write = (text: string): string =>
            /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
          const lines = records.map((one) => one.map(write).join(','));
          const text = lines.join(lineEnd) + (endsWithLine && lines.length > 0 ? lineEnd : '');
          const read = scan(text, pieceLength);
          expect(read.map((one) => one.fields)).toEqual(records);
          expect(read).toEqual(scan(text));
        },
      ),
      { numRuns: 400 },
    );
  });

  it('are refused with the line of the mistake', () => {
    expect(() => scan('a,b\n1,x"y\n')).toThrowError(/'x.csv' has a quote within an unquoted field on line 2/);
    expect(() => scan('a,b\n\n"1"x,2\n')).toThrowError(/text after a closing quote on line 3/);
    expect(() => scan('a\n"b\nc')).toThrowError(/never closed, in the record beginning on line 2/);
  });

  it('are refused beyond the longest length, with the line on which they begin', () => {
    const scanner = createCsvScanner(grammar);
    scanner.push('a\nb\n"');
    expect(() => scanner.push('x'.repeat(1_000))).toThrowError(
      /more than 1000 characters beginning on line 3.*never closed/,
    );
  });
});
