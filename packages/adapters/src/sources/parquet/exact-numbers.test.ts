// Numbers and times of Parquet files that have no exact form in rows: refused with row and column, never rounded.
import { defineSchema, int64, nullable } from '@tailrace/core';
import { describe, expect, it } from 'vitest';
import { readParquet } from './read-parquet.js';
import { filesOfDuckDB, readAll } from './test-rig.js';

const { made } = filesOfDuckDB();

describe('numbers of a Parquet file', () => {
  it('never rounds: what has no exact form is an error with row and column', async () => {
    const path = await made(
      'inexact',
      `SELECT * FROM (VALUES (1, TIMESTAMP '2001-01-01', TIMESTAMP_NS '2001-01-01', 1::UBIGINT),
       (9007199254740992, TIMESTAMP '2001-01-01 00:00:00.000001', TIMESTAMP_NS '2001-01-01 00:00:00.000000001', 18446744073709551615))
       t(big, us, ns, u)`,
    );
    await expect(readAll(readParquet(path, { columns: ['big'], int64: 'number' }))).rejects.toMatchObject({
      code: 'VALUE_INVALID',
      context: { row: 1, column: 'big' },
      message: expect.stringContaining('9007199254740992 is beyond 2^53'),
    });
    for (const column of ['us', 'ns']) {
      await expect(readAll(readParquet(path, { columns: [column] }))).rejects.toMatchObject({
        code: 'VALUE_INVALID',
        context: { row: 1, column },
        message: expect.stringContaining('fraction of a millisecond'),
      });
    }
    const signed = defineSchema({ u: nullable(int64()) });
    await expect(readAll(readParquet(path, { schema: signed }))).rejects.toMatchObject({
      context: { row: 1, column: 'u' },
    });
    await expect(readAll(readParquet(path, { columns: ['ns'], timestamps: 'number' }))).rejects.toThrow(
      /timestamps: 'bigint'/,
    );
  });

  it('reads the integers next to 2^53 exactly as numbers', async () => {
    const path = await made(
      'edges',
      'SELECT unnest([9007199254740991, -9007199254740991, 4294967296, -4294967297, -1, 0]) AS i',
    );
    expect((await readAll(readParquet(path, { int64: 'number' }))).map((row) => row.i)).toEqual([
      9_007_199_254_740_991, -9_007_199_254_740_991, 4_294_967_296, -4_294_967_297, -1, 0,
    ]);
    const beyond = await made('beyond', 'SELECT -9007199254740992 AS i');
    await expect(readAll(readParquet(beyond, { int64: 'number' }))).rejects.toThrow(/beyond 2\^53/);
  });

  it.each(['9007199254740992', '9223372036854775808', '18446744073709551615'])(
    'refuses the unsigned %s as a number, and where it does not fit as a signed one',
    async (value) => {
      const path = await made(
        `unsigned-${value}`,
        `SELECT unnest([9007199254740991, ${value}])::UBIGINT AS u`,
      );
      await expect(readAll(readParquet(path, { int64: 'number' }))).rejects.toMatchObject({
        code: 'VALUE_INVALID',
        context: { row: 1, column: 'u' },
        message: expect.stringContaining(`${value} is beyond 2^53`),
      });
      const exact = [{ u: 2n ** 53n - 1n }, { u: BigInt(value) }];
      expect(await readAll(readParquet(path, { int64: 'bigint' }))).toEqual(exact);
      const signed = readAll(readParquet(path, { schema: defineSchema({ u: nullable(int64()) }) }));
      if (BigInt(value) < 2n ** 63n) expect(await signed).toEqual(exact);
      else await expect(signed).rejects.toThrow(`${value} does not fit a signed 64-bit integer`);
    },
  );
});
