// Files of MessagePack: what their values become, and which are refused, for damage or for their size.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ExtData, encode } from '@msgpack/msgpack';
import {
  binary,
  date,
  decimal,
  defineSchema,
  float64,
  int32,
  int64,
  list,
  map,
  nullable,
  type Source,
  struct,
  time,
  timestamp,
  utf8,
} from '@tailrace/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schemaFrom } from '../schema-from.js';
import { readMsgpack } from './read-msgpack.js';

const never = new AbortController().signal;

async function readAll<T>(source: Source<T>, signal: AbortSignal = never): Promise<T[]> {
  const rows: T[] = [];
  for await (const chunk of source.open(signal)) rows.push(...chunk);
  return rows;
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-msgpack-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function put(name: string, ...values: readonly (Uint8Array | object)[]): Promise<string> {
  const path = join(folder, name);
  const bytes = Buffer.concat(
    values.map((value) => (value instanceof Uint8Array ? value : encode(value, { useBigInt64: true }))),
  );
  await writeFile(path, name.endsWith('.gz') ? gzipSync(bytes) : bytes);
  return path;
}

/** 2001-01-01T00:00:00.000000001Z as extension -1 of 12 bytes. */
const nano = new ExtData(-1, Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 0, 0x3a, 0x4f, 0xc8, 0x80));

describe('readMsgpack', () => {
  it('gives what the values say, one map for each row', async () => {
    const rows = [
      {
        n: 1,
        big: 2n ** 60n,
        text: 'ü',
        none: null,
        at: new Date('2001-01-01T00:00:00.5Z'),
        list: [1, { a: 'b' }],
      },
      { n: -0.5, raw: Uint8Array.of(1, 2), 7: 'seven', b: true },
    ];
    expect(await readAll(readMsgpack(await put('rows.msgpack', ...rows)))).toEqual(rows);
    expect(await readAll(readMsgpack(await put('rows.msgpack.gz', ...rows), { chunkRows: 1 }))).toEqual(rows);
  });

  it.each([
    ['a row', [0x82, 0xa1, 0x61, 1, 0xa1, 0x61, 2], "'a'"],
    ['a map within', [0x81, 0xa1, 0x62, 0x91, 0x82, 5, 1, 0xcc, 5, 2], '5'],
    ['a text that looks like a number', [0x82, 0xa1, 0x37, 1, 0xa1, 0x37, 2], "'7'"],
  ])('refuses %s that has a key twice, of which one would be lost', async (_, bytes, key) => {
    const path = await put('twice.msgpack', { a: 1 }, Uint8Array.from(bytes));
    await expect(readAll(readMsgpack(path))).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      message: expect.stringContaining(
        `the value at byte 4 cannot be decoded (a map has the key ${key} twice)`,
      ),
      context: { byte: 4 },
    });
  });

  it('refuses a batch that has a column twice, and takes the same key in several maps', async () => {
    const head = { tailrace: 1, columns: [{ name: 'a' }] };
    const batch = Uint8Array.of(0x82, 0xa1, 0x61, 0x91, 1, 0xa1, 0x61, 0x91, 2);
    await expect(readAll(readMsgpack(await put('batch.msgpack', head, batch)))).rejects.toThrow(
      /has the key 'a' twice/,
    );
    const rows = [{ a: { a: [{ a: 1 }, { a: 2 }] }, b: { a: null } }];
    expect(await readAll(readMsgpack(await put('nested.msgpack', ...rows)))).toEqual(rows);
  });

  it('gives rows of the declared schema, exact or an error with row and column', async () => {
    const schema = defineSchema({
      id: int64(),
      at: timestamp('ns', { js: 'bigint' }),
      day: nullable(date()),
      price: decimal(5, 2),
      raw: binary(),
      tags: nullable(list(struct({ name: utf8(), n: nullable(int32()) }))),
      by: nullable(map(int64(), utf8())),
    });
    const first = { id: 5, at: nano, price: '1.5', raw: Uint8Array.of(9), tags: [{ name: 'a' }], extra: 1 };
    // A map of an integer key: 0x81, 3, 'x'.
    const by = Uint8Array.of(0x81, 0x03, 0xa1, 0x78);
    const second = Buffer.concat([
      Uint8Array.of(0x85),
      ...['id', 2n ** 62n, 'at', nano, 'price', '-0.01', 'raw', Uint8Array.of()].map((part) =>
        encode(part, { useBigInt64: true }),
      ),
      encode('by'),
      by,
    ]);
    const path = await put('typed.msgpack', first, second);
    expect(await readAll(readMsgpack(path, { schema }))).toEqual([
      {
        ...{ id: 5n, at: 978_307_200_000_000_001n, day: null, price: '1.50', raw: Uint8Array.of(9) },
        ...{ tags: [{ name: 'a', n: null }], by: null },
      },
      {
        ...{ id: 2n ** 62n, at: 978_307_200_000_000_001n, day: null, price: '-0.01', raw: Uint8Array.of() },
        ...{ tags: null, by: new Map([[3n, 'x']]) },
      },
    ]);
    const problems: readonly (readonly [object, RegExp])[] = [
      [{ ...first, id: 1.5 }, /row 1, column 'id' \(int64\): 1.5 is not a whole number/],
      [{ ...first, id: null }, /column 'id'.*is null, but/],
      [{ ...first, at: 5 }, /column 'at'.*is not a timestamp/],
      [{ ...first, day: nano }, /column 'day'.*not midnight/],
      [{ ...first, price: '1.234' }, /column 'price'.*more than 2 digits/],
      [{ ...first, tags: [{ name: 1 }] }, /column 'tags'.*is not a string/],
    ];
    for (const [row, message] of problems) {
      const read = readAll(readMsgpack(await put('wrong.msgpack', first, row), { schema }));
      await expect(read).rejects.toMatchObject({
        code: 'VALUE_INVALID',
        message: expect.stringMatching(message),
      });
    }
    await expect(readAll(readMsgpack(path))).rejects.toThrow(/fraction of a millisecond/);
  });

  it.each(['s', 'ms', 'us', 'ns'] as const)('takes times of day within a day alone, in %s', async (unit) => {
    const schema = defineSchema({ at: time(unit) });
    const day = 86_400 * { s: 1, ms: 1e3, us: 1e6, ns: 1e9 }[unit];
    const within = await put('times.msgpack', { at: 0 }, { at: day - 1 });
    expect(await readAll(readMsgpack(within, { schema }))).toEqual([{ at: 0 }, { at: day - 1 }]);
    for (const at of [-1, day, 2 ** 52]) {
      const path = await put('beyond.msgpack', { at: 0 }, { at });
      await expect(readAll(readMsgpack(path, { schema }))).rejects.toMatchObject({
        code: 'VALUE_INVALID',
        context: { row: 1, column: 'at' },
        message: expect.stringContaining(`is no time of a day, which has ${unit} from 0 to ${day - 1}`),
      });
    }
  });

  it('reads columns as the writer lays them out, with a schema and without', async () => {
    const head = {
      tailrace: 1,
      columns: ['a', 'b'].map((name) => ({ name, type: 'int64', nullable: true })),
    };
    const path = await put(
      'columns.msgpack',
      head,
      { a: [1n, 2n], b: ['x', null] },
      { a: [], b: [] },
      { a: [3n], b: ['y'] },
    );
    const rows = [
      { a: 1n, b: 'x' },
      { a: 2n, b: null },
      { a: 3n, b: 'y' },
    ];
    expect(await readAll(readMsgpack(path, { chunkRows: 2 }))).toEqual(rows);
    const schema = defineSchema({ b: nullable(utf8()) });
    expect(await readAll(readMsgpack(path, { schema }))).toEqual(rows.map(({ b }) => ({ b })));
    await expect(readAll(readMsgpack(path, { schema: defineSchema({ c: utf8() }) }))).rejects.toThrow(
      /'c'.*is missing/,
    );
    // Also of columns that are not asked for.
    const batches: readonly (readonly [object, RegExp])[] = [
      [{ a: [1n], b: [] }, /at byte \d+ is a batch with 0 values for the column 'b' and 1 for 'a'/],
      [{ a: 5, b: ['x'] }, /at byte \d+ is a batch with no array for the column 'a'/],
      [{ b: ['x'] }, /at byte \d+ is a batch with nothing for the column 'a'/],
      [
        { a: [1n], b: ['x'], c: [true] },
        /at byte \d+ is a batch with columns that the head of the file does not name/,
      ],
      [{}, /nothing for the column 'a'/],
    ];
    for (const [batch, message] of batches) {
      const uneven = await put('uneven.msgpack', head, { a: [0n], b: ['w'] }, batch);
      for (const source of [readMsgpack(uneven), readMsgpack(uneven, { schema })]) {
        await expect(readAll<object>(source)).rejects.toMatchObject({
          code: 'SOURCE_FAILED',
          context: { byte: expect.any(Number) },
          message: expect.stringMatching(message),
        });
      }
    }
    expect((await schemaFrom(path)).fields.map(({ name, type }) => [name, type.kind])).toEqual([
      ['a', 'int64'],
      ['b', 'utf8'],
    ]);
  });

  it('says what is wrong with files that are missing, cut or damaged, and with rows that are none', async () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      [join(folder, 'none.msgpack'), /no such file/],
      [await put('cut.msgpack', encode({ a: 'text' }).subarray(0, 5)), /at byte 0 is cut short/],
      [await put('wrong.msgpack', { a: 1 }, Uint8Array.of(0xc1)), /at byte 4 has the byte 0xc1/],
      [await put('number.msgpack', Uint8Array.of(7)), /is not a map, and so no row/],
      // A string, an array and a map that are said to have 4 GiB, and text that is none.
      [await put('string.msgpack', Uint8Array.of(0xdb, 0xff, 0xff, 0xff, 0xff)), /raise maxBatchBytes/],
      [await put('array.msgpack', Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff)), /raise maxBatchBytes/],
      [await put('map.msgpack', Uint8Array.of(0xdf, 0xff, 0xff, 0xff, 0xff)), /raise maxBatchBytes/],
      [await put('text.msgpack', Uint8Array.of(0x81, 0xa1, 0xff, 0x01)), /text that is not UTF-8/],
      [
        await put('proto.msgpack', Buffer.concat([Uint8Array.of(0x81), encode('__proto__'), encode(1)])),
        /__proto__/,
      ],
    ];
    for (const [path, message] of cases) {
      const failure = await readAll(readMsgpack(path)).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'SOURCE_FAILED', message: expect.stringMatching(message) });
    }
    const large = await put('large.msgpack', { a: 'x'.repeat(2_000) });
    await expect(readAll(readMsgpack(large, { maxBatchBytes: 1_000 }))).rejects.toThrow(
      /more than 1000 bytes/,
    );
    expect(await readAll(readMsgpack(large, { schema: defineSchema({ a: utf8() }) }))).toHaveLength(1);
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    await expect(readAll(readMsgpack(large), controller.signal)).rejects.toThrow('enough');
  });

  it('refuses rows of small values that take much more memory than bytes', async () => {
    const row = (of: Uint8Array): Buffer =>
      Buffer.concat([
        Buffer.from([0x81, 0xa1, 0x61, 0xdd, 0, 1, 0, 0]),
        ...Array<Uint8Array>(2 ** 16).fill(of),
      ]);
    // Nils, empty maps, empty binary data: each in a tenth and less of the limit, as a file has them.
    for (const [value, held] of [
      [[0xc0], 8],
      [[0x80], 64],
      [[0xc4, 0], 104],
    ] as const) {
      const path = await put('small.msgpack', row(Uint8Array.from(value)));
      const most = held * 2 ** 16;
      await expect(readAll(readMsgpack(path, { maxBatchBytes: most }))).rejects.toThrow(
        `takes more than ${most} bytes of memory`,
      );
      expect(await readAll(readMsgpack(path, { maxBatchBytes: most + 500 }))).toHaveLength(1);
    }
    const keys = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`k${at}`, null]));
    await expect(
      readAll(readMsgpack(await put('keys.msgpack', keys), { maxBatchBytes: 80_000 })),
    ).rejects.toThrow(/takes more than 80000 bytes of memory/);
  });

  it('gives a chunk early where its rows are large', async () => {
    const rows = Array.from({ length: 20 }, (_, at) => ({ at, text: 'x'.repeat(3 * 2 ** 20) }));
    const sizes: number[] = [];
    const chunks = readMsgpack(await put('large-rows.msgpack', ...rows)).open(new AbortController().signal);
    for await (const chunk of chunks) sizes.push(chunk.length);
    expect(sizes).toEqual([6, 6, 6, 2]);
  });

  it('refuses values that are nested deeper than anybody reads, in its own words', async () => {
    const deep = Buffer.concat([
      Buffer.from([0x81, 0xa1, 0x61]),
      Buffer.alloc(20_000, 0x91),
      Buffer.from([0xc0]),
    ]);
    await expect(readAll(readMsgpack(await put('deep.msgpack', deep)))).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      message: expect.stringMatching(/deep\.msgpack.*nested more than 64 deep/),
    });
    let value: unknown = 1;
    for (let depth = 0; depth < 50; depth += 1) value = [value, { a: 2 }];
    expect(await readAll(readMsgpack(await put('less.msgpack', { value }, { value })))).toHaveLength(2);
  });

  it('follows values that lie in many chunks of the file', async () => {
    const rows = Array.from({ length: 40 }, (_, at) => ({ at, text: `${at}`.repeat(30_000), x: at / 3 }));
    const path = await put('chunks.msgpack', ...rows);
    const schema = defineSchema({ at: int32(), text: utf8(), x: float64() });
    expect(await readAll(readMsgpack(path, { schema }))).toEqual(rows);
  });

  it('ends every damaged file in an error, or in rows without values that are not there', async () => {
    const schema = defineSchema({ id: int32(), name: nullable(utf8()), at: nullable(timestamp('ms')) });
    const good = Buffer.concat(
      Array.from({ length: 20 }, (_, id) => encode({ id, name: `n${id}`, at: new Date(id * 1_000) })),
    );
    let refused = 0;
    for (let trial = 0; trial < 500; trial += 1) {
      const bytes = Uint8Array.from(good);
      const at = (trial * 7_919) % bytes.length;
      bytes[at] = [0, 0xff, 0xdd, 0xc1, trial & 255][trial % 5] ?? 0;
      const read = await readAll(readMsgpack(await put('damaged.msgpack', bytes), { schema })).catch(
        (error) => error,
      );
      if (Array.isArray(read)) {
        for (const row of read) expect(Object.values(row)).not.toContain(undefined);
        continue;
      }
      refused += 1;
      expect(read, String(read)).toMatchObject({
        code: expect.stringMatching(/^(SOURCE_FAILED|VALUE_INVALID)$/),
      });
    }
    expect(refused).toBeGreaterThan(100);
  });

  it('refuses options that make no sense', () => {
    expect(() => readMsgpack('')).toThrow(/needs a path/);
    // What JavaScript may pass.
    for (const options of [{ chunkRows: 0 }, { maxBatchBytes: 1.5 }, { compression: 'lzo' }] as object[]) {
      expect(() => readMsgpack('x', options)).toThrow(expect.objectContaining({ code: 'PLAN_INVALID' }));
    }
  });
});
