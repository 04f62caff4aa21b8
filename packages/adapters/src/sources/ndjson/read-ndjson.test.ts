import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  bool,
  type DataType,
  date,
  defineSchema,
  type Field,
  float64,
  int32,
  int64,
  nullable,
  type Source,
  timestamp,
  utf8,
} from '@tailrace/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNdjson } from './read-ndjson.js';

const never = new AbortController().signal;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tailrace-ndjson-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function readAll<T>(source: Source<T>): Promise<T[]> {
  const rows: T[] = [];
  for await (const chunk of source.open(never)) rows.push(...chunk);
  return rows;
}

describe('readNdjson', () => {
  it('gives every line as JSON.parse makes it, and skips empty lines', async () => {
    const path = file('plain.ndjson', '{"a":1}\r\n\n[2]\r\n\r\n"x"\nnull');
    expect(await readAll(readNdjson(path))).toEqual([{ a: 1 }, [2], 'x', null]);
  });

  it('reads gzipped files, across the borders of what is read at once, in chunks', async () => {
    const lines = Array.from({ length: 30_000 }, (_, id) => JSON.stringify({ id, name: `é日-${id}` }));
    const source = readNdjson(file('many.ndjson.gz', gzipSync(`${lines.join('\n')}\n`)), {
      chunkRows: 1_000,
    });
    const sizes = new Set<number>();
    let rows = 0;
    for await (const chunk of source.open(never)) {
      sizes.add(chunk.length);
      for (const row of chunk) {
        if (JSON.stringify(row) !== lines[rows]) expect(JSON.stringify(row)).toBe(lines[rows]);
        rows += 1;
      }
    }
    expect([rows, [...sizes]]).toEqual([30_000, [1_000]]);
  });

  it('gives rows of the declared schema, with keys in its order and others left out', async () => {
    const schema = defineSchema({
      id: int64(),
      n: int32(),
      x: float64(),
      ok: bool(),
      day: date(),
      at: timestamp('ms'),
      note: nullable(utf8()),
    });
    const path = file(
      'typed.ndjson',
      '{"extra":1,"n":-3,"id":"9223372036854775807","x":"NaN","ok":true,"day":"2001-01-31","at":"2001-01-31T00:00:00Z"}\n' +
        '{"id":5,"n":2,"x":1.5,"ok":false,"day":"2001-01-31","at":"2001-01-31T01:00:00+01:00","note":"hi"}\n',
    );
    const rows = await readAll(readNdjson(path, { schema }));
    const day = new Date('2001-01-31T00:00:00Z');
    expect(rows).toEqual([
      { id: 9_223_372_036_854_775_807n, n: -3, x: Number.NaN, ok: true, day, at: day, note: null },
      { id: 5n, n: 2, x: 1.5, ok: false, day, at: day, note: 'hi' },
    ]);
    expect(Object.keys(rows[0] ?? {})).toEqual(['id', 'n', 'x', 'ok', 'day', 'at', 'note']);
  });

  it('names line and column of a value that does not fit', async () => {
    const cases: [ReturnType<typeof defineSchema>, string, RegExp][] = [
      [defineSchema({ v: int32() }), '1.5', /line 2, column 'v' \(int32\): 1.5 is not a whole number/],
      [defineSchema({ v: int32() }), '"1"', /"1" is not a number/],
      [defineSchema({ v: int32() }), '2147483648', /does not fit 32 bits/],
      [defineSchema({ v: int64() }), '9007199254740993', /JSON numbers lose digits/],
      [defineSchema({ v: float64() }), '1e999', /beyond the range/],
      [defineSchema({ v: float64() }), '"1.5"', /is not a number/],
      [defineSchema({ v: bool() }), '1', /is not true or false/],
      [defineSchema({ v: utf8() }), '5', /is not a string/],
      [defineSchema({ v: utf8() }), 'null', /is null, but the column is declared without nulls/],
      [defineSchema({ v: timestamp('ms') }), '0', /is not a string/],
    ];
    for (const [index, [schema, value, message]] of cases.entries()) {
      const path = file(`bad-${index}.ndjson`, `\n{"v":${value}}\n`);
      await expect(readAll(readNdjson(path, { schema }))).rejects.toMatchObject({
        code: 'VALUE_INVALID',
        context: { line: 2, column: 'v' },
        message: expect.stringMatching(message),
      });
    }
    const path = file('missing-key.ndjson', '{}\n');
    await expect(readAll(readNdjson(path, { schema: defineSchema({ v: utf8() }) }))).rejects.toThrow(
      /is missing/,
    );
    const list = file('list.ndjson', '[1]\n');
    await expect(readAll(readNdjson(list, { schema: defineSchema({ v: utf8() }) }))).rejects.toThrow(
      /line 1: expected an object, got an array/,
    );
  });

  it('names where a value stands within one that does not fit', async () => {
    const n: Field = { name: 'n', type: { kind: 'int32' }, nullable: false };
    const struct: DataType = { kind: 'struct', fields: [n] };
    const key: Field = { name: 'key', type: { kind: 'int32' }, nullable: false };
    const cases: [DataType, string, RegExp][] = [
      [{ kind: 'list', item: n }, '[1,"2"]', /has a value at \[1\] that is not a number/],
      [{ kind: 'list', item: n }, '{}', /is not an array/],
      [{ kind: 'list', item: { ...n, type: struct } }, '[{"n":null}]', /at \[0\] that has null at "n"/],
      [{ kind: 'fixed_list', item: n, size: 2 }, '[1]', /has 1 items, not 2/],
      [struct, '{}', /has nothing at "n", which is declared without nulls/],
      [struct, '[1]', /is not an object/],
      [
        { kind: 'map', key, value: n },
        '[{"key":1.5}]',
        /has a value at \[0\]\.key that is not a whole number/,
      ],
      [{ kind: 'map', key, value: n }, '[1]', /has at \[0\] no object of a key and a value/],
      [{ kind: 'binary' }, '"AP8"', /is not base64/],
      [{ kind: 'null' }, '0', /is not null/],
    ];
    for (const [index, [type, value, message]] of cases.entries()) {
      const schema = { fields: [{ name: 'v', type, nullable: true }] };
      const path = file(`bad-within-${index}.ndjson`, `{"v":${value}}\n`);
      await expect(readAll(readNdjson(path, { schema }))).rejects.toMatchObject({
        code: 'VALUE_INVALID',
        message: expect.stringMatching(message),
      });
    }
  });

  it('names the line that is no JSON', async () => {
    await expect(readAll(readNdjson(file('broken.ndjson', '{"a":1}\n{"a":\n')))).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      context: { line: 2 },
    });
  });

  it('refuses a line beyond the longest length', async () => {
    const path = file('long.ndjson', `1\n"${'x'.repeat(1_000)}"`);
    await expect(readAll(readNdjson(path, { maxLineLength: 500 }))).rejects.toThrow(
      /more than 500 characters on line 2/,
    );
  });

  it('stops with the abort reason', async () => {
    const controller = new AbortController();
    const reading = (async () => {
      const source = readNdjson(file('aborted.ndjson', '1\n'.repeat(1_000)), { chunkRows: 10 });
      for await (const _ of source.open(controller.signal)) controller.abort(new Error('enough'));
    })();
    await expect(reading).rejects.toThrow('enough');
  });

  it('says which file is missing', async () => {
    await expect(readAll(readNdjson('no/such.ndjson'))).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      message: expect.stringContaining(process.cwd()),
    });
  });

  it('refuses options that make no sense', () => {
    expect(() => readNdjson('x', { chunkRows: -1 })).toThrowError(
      /chunkRows of 'x' must be a positive whole number/,
    );
  });
});
