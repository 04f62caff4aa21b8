import { gunzipSync } from 'node:zlib';
import type { DataType } from '@tailrace/core/sink';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type TestColumn, testBatch, testSchema } from '../testing/batches.js';
import { duckRows, encodeAll } from '../testing/encode.js';
import ndjsonFormat from './module.js';
import { type NdjsonOptions, resolveNdjsonOptions } from './options.js';

const utf8: DataType = { kind: 'utf8' };
const int64: DataType = { kind: 'int64', js: 'bigint' };
const float64: DataType = { kind: 'float64' };
const options = (given: NdjsonOptions = {}, path = 'out') => resolveNdjsonOptions(path, given);

async function text(columns: readonly TestColumn[], given: NdjsonOptions = {}): Promise<string> {
  const bytes = await encodeAll(ndjsonFormat, options(given), testSchema(columns), [testBatch(columns)]);
  return Buffer.from(bytes).toString();
}

describe('ndjson', () => {
  it('writes keys in order of their names when asked', async () => {
    const columns: TestColumn[] = [
      { name: 'b', type: utf8, values: ['x', null] },
      { name: 'a', type: int64, values: [1, 2] },
    ];
    expect(await text(columns, { keyOrder: 'sorted' })).toBe('{"a":1,"b":"x"}\n{"a":2,"b":null}\n');
    expect(await text(columns)).toBe('{"b":"x","a":1}\n{"b":null,"a":2}\n');
  });

  it('writes numbers that JSON does not have as strings when asked, which DuckDB reads as doubles', async () => {
    const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1.5];
    const columns: TestColumn[] = [{ name: 'f', type: float64, values }];
    const written = await text(columns, { nonFinite: 'string' });
    expect(written).toBe('{"f":"NaN"}\n{"f":"Infinity"}\n{"f":"-Infinity"}\n{"f":1.5}\n');
    const query = `SELECT f::DOUBLE AS f FROM read_json($file, format = 'newline_delimited', columns = {'f': 'VARCHAR'})`;
    const read = await duckRows(Buffer.from(written), '.ndjson', query);
    expect(read.map(({ f }) => f)).toEqual(values);
  });

  it('writes bytes in base64 or hex, or refuses them before a run, within other columns, too', async () => {
    const type: DataType = { kind: 'fixed_binary', width: 2 };
    const schema = { fields: [{ name: 'x', type, nullable: false }] };
    const values = Uint8Array.of(0, 255, 171, 16);
    const column = { nullCount: 0, validity: null, values, offsets: null, dictionary: null };
    const data = { schema, rows: 2, bytes: 0, columns: [column] };
    const batch = { ...testBatch([]), schema, rows: 2, data };
    const hex = await encodeAll(ndjsonFormat, options({ binary: 'hex' }), schema, [batch]);
    expect(Buffer.from(hex).toString()).toBe('{"x":"00ff"}\n{"x":"ab10"}\n');
    const base64 = await encodeAll(ndjsonFormat, options(), schema, [batch]);
    expect(Buffer.from(base64).toString()).toBe('{"x":"AP8="}\n{"x":"qxA="}\n');
    const item = { name: 'item', type, nullable: false };
    const nested = { fields: [{ name: 'l', type: { kind: 'list', item }, nullable: false }] } as const;
    expect(() => ndjsonFormat.check(nested, options({ binary: 'refuse' }))).toThrow(
      /"l\[\]" is fixed_binary\[2\]/,
    );
  });

  it.each([
    [{ binary: 'utf8' }, /binary is "base64", "hex" or "refuse"/],
    [{ keyOrder: 'name' }, /keyOrder is "schema" or "sorted"/],
    [{ nonFinite: 'zero' }, /nonFinite is "error", "null" or "string"/],
  ])('refuses the option %j', (given, message) => {
    // What JavaScript may pass.
    expect(() => options(given as unknown as NdjsonOptions)).toThrow(message);
  });

  it('writes one object a line, keys in the order of the schema, nulls as null', async () => {
    const columns: TestColumn[] = [
      { name: 'b "quoted"', type: { kind: 'bool' }, values: [true, false, null] },
      { name: 'a', type: int64, values: [1, null, -9007199254740991n] },
      { name: 'f', type: float64, values: [-0, 1e-7, 1.5e300] },
      { name: 's', type: { kind: 'dictionary' }, values: ['x', null, 'x'] },
      {
        name: 't',
        type: { kind: 'timestamp', unit: 'us', timezone: null, js: 'date' },
        values: [978307800000000n, -1n, null],
      },
      {
        name: 'z',
        type: { kind: 'timestamp', unit: 'ms', timezone: 'UTC', js: 'date' },
        values: [null, 0n, 1n],
      },
      { name: 'd', type: { kind: 'date' }, values: [11323, null, -1] },
    ];
    expect((await text(columns)).split('\n')).toEqual([
      '{"b \\"quoted\\"":true,"a":1,"f":-0,"s":"x","t":"2001-01-01T00:10:00.000000","z":null,"d":"2001-01-01"}',
      '{"b \\"quoted\\"":false,"a":null,"f":1e-7,"s":null,"t":"1969-12-31T23:59:59.999999","z":"1970-01-01T00:00:00.000Z","d":null}',
      '{"b \\"quoted\\"":null,"a":-9007199254740991,"f":1.5e+300,"s":"x","t":null,"z":"1970-01-01T00:00:00.001Z","d":"1969-12-31"}',
      '',
    ]);
  });

  it('refuses integers beyond 2^53 with row and column, unless told to write text', async () => {
    const columns: TestColumn[] = [{ name: 'id', type: int64, values: [1, 9007199254740993n] }];
    await expect(text(columns)).rejects.toMatchObject({
      code: 'VALUE_INVALID',
      context: { row: 1, column: 'id' },
      message: expect.stringContaining("{ bigint: 'string' }"),
    });
    expect(await text(columns, { bigint: 'string' })).toBe('{"id":"1"}\n{"id":"9007199254740993"}\n');
  });

  it('counts the row of an error from the start of the file', async () => {
    const columns: TestColumn[] = [{ name: 'x', type: float64, values: [1, Number.NaN] }];
    const batches = [testBatch([{ name: 'x', type: float64, values: [0, 0, 0] }]), testBatch(columns)];
    const encoded = encodeAll(ndjsonFormat, options(), testSchema(columns), batches);
    await expect(encoded).rejects.toMatchObject({ code: 'VALUE_INVALID', context: { row: 4, column: 'x' } });
  });

  it('refuses NaN and infinities, or writes null for them when told', async () => {
    const columns: TestColumn[] = [
      { name: 'x', type: float64, values: [Number.NaN, Number.POSITIVE_INFINITY, 1] },
    ];
    await expect(text(columns)).rejects.toThrow(/JSON has no NaN/);
    expect(await text(columns, { nonFinite: 'null' })).toBe('{"x":null}\n{"x":null}\n{"x":1}\n');
  });

  it('writes strings that JSON.parse reads back, whatever they hold', () => {
    return fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), async (strings) => {
        // Lone surrogates have no UTF-8: what cannot be in a batch is not tried.
        const values = strings.map((value) => Buffer.from(value).toString());
        const lines = (await text([{ name: 'k', type: utf8, values }])).split('\n');
        expect(lines.pop()).toBe('');
        expect(lines.map((line) => JSON.parse(line))).toEqual(values.map((k) => ({ k })));
      }),
    );
  });

  it('writes doubles that JSON.parse reads back to the same value', () => {
    return fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }),
        async (values) => {
          const lines = (await text([{ name: 'x', type: float64, values }])).trimEnd().split('\n');
          const read = lines.map((line) => (JSON.parse(line) as { x: number }).x);
          expect(read.every((value, row) => Object.is(value, values[row]))).toBe(true);
        },
      ),
    );
  });

  it('is read back by DuckDB from gzip, with unicode and civil time as written', async () => {
    const columns: TestColumn[] = [
      {
        name: 's',
        type: utf8,
        values: Array.from({ length: 5000 }, (_, row) => (row % 3 === 0 ? '🚀 "\\' : 'ä\u0001\n')),
      },
      {
        name: 't',
        type: { kind: 'timestamp', unit: 'us', timezone: null, js: 'date' },
        values: Array.from({ length: 5000 }, (_, row) => BigInt(row) * 3_600_000_000n),
      },
    ];
    const schema = testSchema(columns);
    const bytes = await encodeAll(ndjsonFormat, options({ compression: 'gzip' }), schema, [
      testBatch(columns),
      testBatch(columns),
    ]);
    expect(gunzipSync(bytes).length).toBeGreaterThan(blockedBytes);
    const [read] = await duckRows(
      bytes,
      '.ndjson.gz',
      `SELECT count(*) AS rows, max(t)::VARCHAR AS last, count(*) FILTER (s = '🚀 "\\') AS rockets
       FROM read_json($file, format = 'newline_delimited', columns = {s: 'VARCHAR', t: 'TIMESTAMP'})`,
    );
    expect(read).toEqual({ rows: 10000n, last: '1970-07-28 07:00:00', rockets: 3334n });
  });

  it('is an empty file without rows', async () => {
    expect(
      await encodeAll(ndjsonFormat, options(), testSchema([{ name: 'a', type: utf8, values: [] }]), []),
    ).toHaveLength(0);
  });

  it('refuses two columns of one name, of which readers would keep one', () => {
    const column = { name: 'a', type: utf8, values: [] };
    expect(() => ndjsonFormat.check(testSchema([column, column]), options())).toThrow(
      /Two columns are named "a"/,
    );
  });

  it('takes compression from the name', () => {
    expect(options({}, 'x.ndjson.gz').compression).toBe('gzip');
    expect(ndjsonFormat.extension(options({ compression: 'gzip' }))).toBe('.ndjson.gz');
  });
});

/** More than one block of text, so that blocks are handed on while rows come. */
const blockedBytes = 2 * 128 * 1024;
