import { gunzipSync } from 'node:zlib';
import type { DataType, Schema } from '@tailrace/core/sink';
import { batchOfRows } from '@tailrace/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type TestColumn, testBatch, testSchema } from '../testing/batches.js';
import { duckRows, encodeAll, memorySink, openEncoder } from '../testing/encode.js';
import csvFormat from './module.js';
import { type CsvOptions, resolveCsvOptions } from './options.js';

const utf8: DataType = { kind: 'utf8' };
const int64: DataType = { kind: 'int64', js: 'bigint' };
const float64: DataType = { kind: 'float64' };
const local = (unit: 's' | 'ms' | 'us' | 'ns'): DataType => ({
  kind: 'timestamp',
  unit,
  timezone: null,
  js: 'bigint',
});
const options = (given: CsvOptions = {}, path = 'out') => resolveCsvOptions(path, given);

async function text(columns: readonly TestColumn[], given: CsvOptions = {}): Promise<string> {
  return Buffer.from(
    await encodeAll(csvFormat, options(given), testSchema(columns), [testBatch(columns)]),
  ).toString();
}

describe('csv', () => {
  it('quotes only cells with delimiter, quote or line break, and doubles quotes', async () => {
    const columns = [
      {
        name: 'a',
        type: utf8,
        values: ['plain', 'with,comma', 'with "quotes"', 'two\nlines', 'return\r', ' spaced '],
      },
      { name: 'b,c', type: utf8, values: ['x', 'x', 'x', 'x', 'x', 'ünï 🚀'] },
    ];
    expect(await text(columns)).toBe(
      'a,"b,c"\nplain,x\n"with,comma",x\n"with ""quotes""",x\n"two\nlines",x\n"return\r",x\n spaced ,ünï 🚀\n',
    );
  });

  it('tells null from the empty string, and from a string that looks like the null text', async () => {
    const columns = [
      { name: 'a', type: utf8, values: [null, '', 'x', '\\N'] },
      { name: 'b', type: int64, values: [1, null, 2, null] },
    ];
    expect(await text(columns)).toBe('a,b\n,1\n"",\nx,2\n\\N,\n');
    expect(await text(columns, { nullText: '\\N' })).toBe('a,b\n\\N,1\n,\\N\nx,2\n"\\N",\\N\n');
  });

  it('quotes bytes whose base64 is the null text', async () => {
    const schema: Schema<object> = {
      fields: [
        { name: 'a', type: { kind: 'binary' }, nullable: true },
        { name: 'b', type: { kind: 'fixed_binary', width: 3 }, nullable: true },
      ],
    };
    const [same, other] = [Uint8Array.of(0x35, 0x42, 0xcb), Uint8Array.of(1, 2, 3)];
    const batch = batchOfRows(schema, [
      { a: same, b: other },
      { a: null, b: same },
      { a: other, b: null },
    ]);
    const written = await encodeAll(csvFormat, options({ nullText: 'NULL' }), schema, [batch]);
    expect(Buffer.from(written).toString()).toBe('a,b\n"NULL",AQID\nNULL,"NULL"\nAQID,NULL\n');
  });

  it('writes line ends, delimiter and header as told', async () => {
    const columns = [
      { name: 'a', type: utf8, values: ['1;2', '3,4'] },
      { name: 'b', type: int64, values: [1, 2] },
    ];
    expect(await text(columns, { delimiter: ';', lineEnding: 'crlf', header: false })).toBe(
      '"1;2";1\r\n3,4;2\r\n',
    );
  });

  it('keeps every digit of 64-bit integers and the value of every double', async () => {
    const columns: TestColumn[] = [
      {
        name: 'i',
        type: int64,
        values: [9223372036854775807n, -9223372036854775808n, 9007199254740993n, -1n, 0n, 1000000000n],
      },
      { name: 'd', type: float64, values: [-0, Number.NaN, -Infinity, 1e21, 5e-324, 0.1] },
    ];
    expect(await text(columns, { header: false })).toBe(
      '9223372036854775807,-0\n-9223372036854775808,NaN\n9007199254740993,-Infinity\n-1,1e+21\n0,5e-324\n1000000000,0.1\n',
    );
  });

  it('writes booleans, dates and timestamps, without Z where there is no zone', async () => {
    const columns: TestColumn[] = [
      { name: 'f', type: { kind: 'bool' }, values: [true, false, null] },
      { name: 'd', type: { kind: 'date' }, values: [0, -719529, 11016] },
      { name: 's', type: local('s'), values: [-1n, 978307800n, 0n] },
      { name: 'us', type: local('us'), values: [978307800000001n, -1n, 253402300800000000n] },
      { name: 'ns', type: local('ns'), values: [-9223372036854775808n, 9223372036854775807n, null] },
      {
        name: 'z',
        type: { kind: 'timestamp', unit: 'ms', timezone: 'America/New_York', js: 'date' },
        values: [0n, 986108400000n, null],
      },
    ];
    expect((await text(columns, { header: false })).split('\n')).toEqual([
      'true,1970-01-01,1969-12-31T23:59:59,2001-01-01T00:10:00.000001,1677-09-21T00:12:43.145224192,1970-01-01T00:00:00.000Z',
      'false,-000001-12-31,2001-01-01T00:10:00,1969-12-31T23:59:59.999999,2262-04-11T23:47:16.854775807,2001-04-01T07:00:00.000Z',
      ',2000-02-29,1970-01-01T00:00:00,+010000-01-01T00:00:00.000000,,',
      '',
    ]);
  });

  it('puts an apostrophe before formulas when asked, in cells but not in numbers', async () => {
    const columns: TestColumn[] = [
      { name: '=h', type: utf8, values: ['=1+1', '-x', 'a=b', '@"x"'] },
      { name: 'n', type: float64, values: [-1, 2, 3, 4] },
    ];
    expect(await text(columns, { formulaGuard: true })).toBe(
      `=h,n\n"'=1+1",-1\n"'-x",2\na=b,3\n"'@""x""",4\n`,
    );
  });

  it('refuses nulls of an only column, whose lines readers would skip', () => {
    const schema = testSchema([{ name: 'a', type: utf8, values: [null] }]);
    expect(() => csvFormat.check(schema, options())).toThrow(/readers skip empty lines/);
    expect(() => csvFormat.check(schema, options({ nullText: 'NULL' }))).not.toThrow();
  });

  it.each([
    [{ delimiter: '""' }, /one ASCII character/],
    [{ delimiter: '-' }, /one ASCII character/],
    [{ nullText: 'a,b' }, /may hold no delimiter/],
    [{ nullText: '0' }, /is also a value/],
    [{ nullText: 'NaN' }, /is also a value/],
    [{ level: 11, compression: 'gzip' }, /gzip level 11/],
    [{ decimalSeparator: ',' }, /comma cannot stand between cells/],
    [{ decimalSeparator: ';' }, /decimalSeparator is one of/],
    [{ quotes: 'some' }, /quotes is one of "needed", "all", "nonNumeric"/],
    [{ timestamps: 'sql', delimiter: ' ' }, /a space cannot stand/],
    [{ timestamps: 'rfc' }, /timestamps is one of/],
    [{ dates: 'us' }, /dates is one of/],
    [{ bom: 'yes' }, /bom/],
    [{ nullText: '1970-01-01' }, /is also a value/],
    [{ nullText: '00:00:00' }, /is also a value/],
    [{ nullText: '23:59:59.999' }, /is also a value/],
    [{ nullText: '1,5', delimiter: ';', decimalSeparator: ',' }, /is also a value/],
    [{ delimiter: '/' }, /one ASCII character/],
    [{ level: 3 }, /a level but no compression/],
    [{ compression: 'lz4' }, /one of none, gzip, brotli, zstd/],
  ])('refuses %j', (given, message) => {
    // What JavaScript may pass.
    expect(() => options(given as CsvOptions)).toThrow(message);
  });

  it('takes compression from the name, and refuses a name that says otherwise', () => {
    expect(options({}, 'a/daily.csv.gz').compression).toBe('gzip');
    expect(options({}, 'a/daily').compression).toBe('none');
    expect(options({}, 'a/daily.csv.gz').level).toBe(4);
    expect(options({ level: 9 }, 'a/daily.csv.gz').level).toBe(9);
    expect(() => options({ compression: 'none' }, 'daily.csv.gz')).toThrow(
      /not to compress a file named .gz/,
    );
    expect(() => options({ compression: 'gzip' }, 'daily.csv')).toThrow(/name it daily.csv.gz/);
    expect(csvFormat.extension(options({ compression: 'gzip' }, 'dir'))).toBe('.csv.gz');
  });

  it('is a header alone without rows, and nothing at all without columns', async () => {
    const schema = testSchema([{ name: 'a', type: utf8, values: [] }]);
    expect(Buffer.from(await encodeAll(csvFormat, options(), schema, [])).toString()).toBe('a\n');
    expect(Buffer.from(await encodeAll(csvFormat, options(), { fields: [] }, [])).toString()).toBe('');
  });

  it('writes any text so that DuckDB reads the same values', async () => {
    const cell = fc.option(
      fc.oneof(
        fc.string({ unit: 'grapheme' }),
        fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', ' ', 'a') }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 30 }), async (rows) => {
        // DuckDB's strings end at NUL in CSV; lone surrogates are no text.
        const clean = rows.map((row) => row.map((value) => value?.replaceAll('\0', '') ?? null));
        const columns: TestColumn[] = [
          { name: 'a', type: utf8, nullable: true, values: clean.map((row) => row[0] ?? null) },
          {
            name: 'b',
            type: { kind: 'dictionary' },
            nullable: true,
            values: clean.map((row) => row[1] ?? null),
          },
        ];
        const bytes = await encodeAll(csvFormat, options(), testSchema(columns), [testBatch(columns)]);
        const read = await duckRows(
          bytes,
          '.csv',
          `SELECT * FROM read_csv($file, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', new_line = '\\n',
           allow_quoted_nulls = false, strict_mode = true, columns = {'a': 'VARCHAR', 'b': 'VARCHAR'})`,
        );
        expect(read).toEqual(clean.map(([a, b]) => ({ a, b })));
      }),
      { numRuns: 25 },
    );
  }, 30_000);

  it('gives DuckDB the same numbers, dates and times over many blocks and batches, compressed', async () => {
    const rows = 20_000;
    const make = (offset: number): TestColumn[] => [
      {
        name: 'i',
        type: int64,
        values: Array.from({ length: rows }, (_, row) => BigInt(offset + row) * 153722867280911n),
      },
      {
        name: 'd',
        type: float64,
        nullable: true,
        values: Array.from({ length: rows }, (_, row) => (row % 7 === 0 ? null : (offset + row) / 7)),
      },
      {
        name: 't',
        type: local('us'),
        values: Array.from({ length: rows }, (_, row) => BigInt(offset + row) * 60_000_001n),
      },
      { name: 's', type: utf8, values: Array.from({ length: rows }, (_, row) => `name "${row % 100}"`) },
    ];
    const batches = [0, rows, 2 * rows].map(make);
    const first = batches[0] ?? [];
    const schema = testSchema(first);
    const bytes = await encodeAll(
      csvFormat,
      options({ compression: 'gzip' }),
      schema,
      batches.map((columns) => testBatch(columns, schema)),
    );
    expect(gunzipSync(bytes).length).toBeGreaterThan(3 * 128 * 1024);
    const [read] = await duckRows(
      bytes,
      '.csv.gz',
      `SELECT count(*) AS rows, sum(i::HUGEINT) AS i, count(d) AS d, max(abs(d - j / 7)) AS off, bool_and(t = make_timestamp(j * 60000001)) AS t,
         bool_and(s = 'name "' || (j % 20000) % 100 || '"') AS s
       FROM (SELECT *, row_number() OVER () - 1 AS j FROM read_csv($file, types = {'i': 'BIGINT', 'd': 'DOUBLE', 't': 'TIMESTAMP', 's': 'VARCHAR'}))`,
    );
    const all = BigInt(3 * rows);
    expect(read).toEqual({
      rows: all,
      i: ((all * (all - 1n)) / 2n) * 153722867280911n,
      d: BigInt(
        batches.flatMap((columns) => columns[1]?.values ?? []).filter((value) => value !== null).length,
      ),
      off: 0,
      t: true,
      s: true,
    });
  }, 30_000);

  describe('options, as DuckDB reads them', () => {
    const columns: TestColumn[] = [
      { name: 's', type: utf8, values: ['a;b', '', null, 'x "y"', ' '] },
      { name: 'd', type: float64, values: [1.5, -0.25, null, 1e21, 3] },
      { name: 'i', type: int64, values: [1, -2, null, 4, 5] },
      { name: 'b', type: { kind: 'bool' }, values: [true, null, false, true, false] },
      { name: 't', type: local('ms'), values: [0n, 978307800123n, null, -1n, 1n] },
      { name: 'y', type: { kind: 'date' }, values: [0, 11323, null, -1, 1] },
    ];
    const asRead = (types: string, parse = '') =>
      `SELECT s, d, i, b, epoch_ms(t::TIMESTAMP) AS t, (y::DATE - DATE '1970-01-01')::INTEGER AS y FROM (SELECT * ${parse}
       FROM read_csv($file, auto_detect = false, header = true, quote = '"', escape = '"', allow_quoted_nulls = false, ${types}
       columns = {'s': 'VARCHAR', 'd': 'DOUBLE', 'i': 'BIGINT', 'b': 'BOOLEAN', 't': 'VARCHAR', 'y': 'VARCHAR'}))`;
    const counts = "REPLACE (make_timestamp(t::BIGINT * 1000) AS t, (DATE '1970-01-01' + y::INTEGER) AS y)";
    const cases: readonly (readonly [given: CsvOptions, types: string, parse: string])[] = [
      [{ quotes: 'all' }, "delim = ',',", ''],
      [{ quotes: 'nonNumeric' }, "delim = ',',", ''],
      [{ quotes: 'all', nullText: 'NULL' }, "delim = ',', nullstr = 'NULL',", ''],
      [{ delimiter: ';', decimalSeparator: ',' }, "delim = ';', decimal_separator = ',',", ''],
      [{ delimiter: '|', decimalSeparator: ',', quotes: 'all' }, "delim = '|', decimal_separator = ',',", ''],
      [{ bom: true, lineEnding: 'crlf' }, "delim = ',', new_line = '\\r\\n',", ''],
      [{ timestamps: 'sql' }, "delim = ',',", ''],
      [{ timestamps: 'count', dates: 'count' }, "delim = ',',", counts],
      [{ timestamps: 'count', dates: 'count', quotes: 'all' }, "delim = ',',", counts],
      [{ delimiter: '\t', nullText: '\\N' }, "delim = '\\t', nullstr = '\\N',", ''],
    ];
    it.each(cases)('%j keep every value', async (given, types, parse) => {
      const schema = testSchema(columns);
      const bytes = await encodeAll(csvFormat, options(given), schema, [testBatch(columns, schema)]);
      expect(await duckRows(bytes, '.csv', asRead(types.replaceAll('\\\\', '\\'), parse))).toEqual(
        columns[0]?.values.map((_, row) =>
          Object.fromEntries(
            columns.map(({ name, values }) => {
              const value = values[row] ?? null;
              return [name, name === 'i' && value !== null ? BigInt(value) : value];
            }),
          ),
        ),
      );
    });
  });

  it('quotes by policy, and never null', async () => {
    const columns: TestColumn[] = [
      { name: 's', type: { kind: 'dictionary' }, values: ['a', null] },
      { name: 'n', type: float64, values: [1.5, null] },
      { name: 'f', type: { kind: 'bool' }, values: [true, null] },
      { name: 'd', type: { kind: 'date' }, values: [0, null] },
    ];
    expect(await text(columns, { quotes: 'all' })).toBe(
      '"s","n","f","d"\n"a","1.5","true","1970-01-01"\n,,,\n',
    );
    expect(await text(columns, { quotes: 'nonNumeric' })).toBe(
      '"s","n","f","d"\n"a",1.5,"true","1970-01-01"\n,,,\n',
    );
  });

  it('begins with a byte order mark when asked, and writes SQL timestamps with the zone', async () => {
    const zoned: DataType = { kind: 'timestamp', unit: 's', timezone: 'UTC', js: 'date' };
    const columns: TestColumn[] = [{ name: 't', type: zoned, values: [0n] }];
    expect(await text(columns, { bom: true, timestamps: 'sql' })).toBe('\ufefft\n1970-01-01 00:00:00+00\n');
  });

  it.each(['gzip', 'zstd'] as const)(
    'gives DuckDB the same rows compressed with %s',
    async (compression) => {
      const values = Array.from({ length: 100_000 }, (_, row) => `row ${row}`);
      const columns: TestColumn[] = [{ name: 's', type: utf8, values }];
      const bytes = await encodeAll(csvFormat, options({ compression }, 'parts'), testSchema(columns), [
        testBatch(columns),
      ]);
      const [read] = await duckRows(
        bytes,
        csvFormat.extension(options({ compression }, 'parts')),
        `SELECT count(*) AS rows, bool_and(s = 'row ' || j) AS same
       FROM (SELECT *, row_number() OVER () - 1 AS j FROM read_csv($file, header = true, columns = {'s': 'VARCHAR'}))`,
      );
      expect(read).toEqual({ rows: 100_000n, same: true });
    },
    30_000,
  );

  it('quotes what begins a file and would be taken for a byte order mark', async () => {
    const mark = '\ufeff';
    const named = [{ name: `${mark}a`, type: utf8, values: [`${mark}x`] }];
    expect(await text(named)).toBe(`"${mark}a"\n${mark}x\n`);
    expect(await text(named, { bom: true })).toBe(`${mark}${mark}a\n${mark}x\n`);
    const cells = [
      { name: 'a', type: utf8, values: [`${mark}x`, 'y', mark] },
      { name: 'b', type: { kind: 'dictionary' } as const, values: [`${mark}z`, 'y', mark] },
    ];
    expect(await text(cells, { header: false })).toBe(`"${mark}x","${mark}z"\ny,y\n"${mark}","${mark}"\n`);
    expect(await text(cells)).toBe(`a,b\n${mark}x,${mark}z\ny,y\n${mark},${mark}\n`);
    const [row] = await duckRows(
      Buffer.from(await text(cells.slice(0, 1), { header: false })),
      '.csv',
      "SELECT unicode(a) AS first FROM read_csv($file, header = false, columns = { a: 'VARCHAR' }, delim = ',', quote = '\"')",
    );
    expect(row).toEqual({ first: 0xfeff });
  });

  it('refuses a batch of another schema and nulls where none were declared', async () => {
    const schema = testSchema([{ name: 'a', type: utf8, values: ['x'] }]);
    const encoder = await openEncoder(csvFormat, options(), schema, memorySink());
    await expect(encoder.write(testBatch([{ name: 'a', type: int64, values: [1] }]))).rejects.toMatchObject({
      code: 'SCHEMA_INVALID',
    });
    await expect(
      encoder.write(testBatch([{ name: 'a', type: utf8, values: [null] }], schema)),
    ).rejects.toThrow(/1 nulls/);
  });
});
