// Declared columns of Parquet files: those that a source knows by itself, and those that it is told and holds the file to.
import { join } from 'node:path';
import {
  bool,
  date,
  defineSchema,
  describeSchema,
  fixedSizeList,
  float64,
  int32,
  int64,
  list,
  nullable,
  utf8,
} from '@tailrace/core';
import { describe, expect, it } from 'vitest';
import { readParquet } from './read-parquet.js';
import { filesOfDuckDB, readAll } from './test-rig.js';

const files = filesOfDuckDB();
const { made } = files;

describe('the columns of a Parquet source', () => {
  it('reads columns as wider numbers where that is declared, and lists as lists of one length that they must have', async () => {
    const path = await made(
      'wider',
      'SELECT * FROM (VALUES (1::UTINYINT, 2::UINTEGER, 0.5::FLOAT, [1, 2]), (3, 4, 1.5, [3])) t(a, b, c, d)',
    );
    const schema = defineSchema({ a: nullable(int32()), b: nullable(int64()), c: nullable(float64()) });
    expect(await readAll(readParquet(path, { schema }))).toEqual([
      { a: 1, b: 2n, c: 0.5 },
      { a: 3, b: 4n, c: 1.5 },
    ]);
    const pairs = defineSchema({ d: nullable(fixedSizeList(nullable(int32()), 2)) });
    await expect(readAll(readParquet(path, { schema: pairs }))).rejects.toMatchObject({
      code: 'VALUE_INVALID',
      context: { row: 1, column: 'd' },
      message: expect.stringContaining('a list of 1, where all have 2 items'),
    });
    const narrow = defineSchema({ b: nullable(int32()) });
    await expect(readAll(readParquet(path, { schema: narrow }))).rejects.toThrow(
      /'b' is uint32, declared int32/,
    );
    const filled = defineSchema({ d: nullable(list(int32())) });
    await expect(readAll(readParquet(path, { schema: filled }))).rejects.toThrow(/declared list<int32>/);
  });

  it('knows the columns of the file in the forms it gives values in', async () => {
    const path = await made(
      'known',
      "SELECT TIMESTAMP '2001-01-01' AS at, 5::BIGINT AS n, 'x' AS s, 1::UTINYINT AS small",
    );
    expect(describeSchema(readParquet(path).schema ?? { fields: [] })).toBe(
      'at timestamp[us]?, n int64?, s utf8?, small uint8?',
    );
    const { schema } = readParquet(path, { columns: ['n', 'at'], int64: 'number', timestamps: 'bigint' });
    expect(schema?.fields).toEqual([
      { name: 'n', type: { kind: 'int64', js: 'number' }, nullable: true },
      { name: 'at', type: { kind: 'timestamp', unit: 'us', timezone: null, js: 'bigint' }, nullable: true },
    ]);
    const declared = defineSchema({ n: nullable(int64()) });
    expect(readParquet(path, { schema: declared }).schema).toBe(declared);
  });

  it('reads no file to be declared, and knows no columns while there is none', async () => {
    const path = join(files.folder, 'later.parquet');
    const source = readParquet(path);
    expect(source.schema).toBeUndefined();
    await made('later', 'SELECT 1::BIGINT AS n');
    expect(source.schema?.fields.map(({ name }) => name)).toEqual(['n']);
  });

  it('knows the columns of several files only when they have the same', async () => {
    const one = await made('one-type', 'SELECT 1::BIGINT AS n');
    const same = await made('same-type', 'SELECT 2::BIGINT AS n');
    const other = await made('other-type', 'SELECT 2::DOUBLE AS n');
    const more = await made('more-columns', 'SELECT 2::BIGINT AS n, 3 AS m');
    expect(readParquet([one, same]).schema?.fields.map(({ name }) => name)).toEqual(['n']);
    expect(readParquet([one, other]).schema).toBeUndefined();
    expect(readParquet([one, more]).schema).toBeUndefined();
  });

  it('gives rows of the declared schema, and checks it against the file', async () => {
    const path = await made(
      'declared',
      "SELECT 1::BIGINT AS id, 'x' AS name, NULL::DOUBLE AS score, true AS ok, DATE '2020-02-29' AS day, 5::INTEGER AS n",
    );
    const schema = defineSchema({
      name: utf8(),
      id: int64(),
      score: nullable(float64()),
      ok: bool(),
      day: date(),
      n: int32(),
    });
    const rows = await readAll(readParquet(path, { schema }));
    const id: bigint = rows[0]?.id ?? 0n;
    expect(id).toBe(1n);
    expect(rows).toEqual([{ name: 'x', id: 1n, score: null, ok: true, day: new Date('2020-02-29'), n: 5 }]);
    const wrong = defineSchema({ id: utf8(), other: int32(), name: int64() });
    await expect(readAll(readParquet(path, { schema: wrong }))).rejects.toMatchObject({
      code: 'SCHEMA_INVALID',
      message: expect.stringMatching(
        /'id' is int64, declared utf8; 'other' is missing; 'name' is utf8, declared int64/,
      ),
    });
  });

  it('refuses a null in a column declared without nulls, with its row', async () => {
    const path = await made('nulls', 'SELECT unnest([1.5, NULL, 2.5]) AS x');
    const schema = defineSchema({ x: float64() });
    const plain = await made('double', 'SELECT unnest([1.5::DOUBLE, NULL, 2.5]) AS x');
    await expect(readAll(readParquet(plain, { schema }))).rejects.toMatchObject({
      code: 'VALUE_INVALID',
      context: { row: 1, column: 'x' },
    });
    // Without a cast DuckDB makes decimals of such literals.
    await expect(readAll(readParquet(path, { schema }))).rejects.toMatchObject({ code: 'SCHEMA_INVALID' });
  });
});
