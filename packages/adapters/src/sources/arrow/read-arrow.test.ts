// Arrow files and streams of others as a source: rows, columns, and what is missing, damaged or has no place in rows.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { defineSchema, describeSchema, float32, int32, nullable, type Source, utf8 } from '@tailrace/core';
import * as arrow from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readArrow } from './read-arrow.js';

const never = new AbortController().signal;

async function readAll<T>(source: Source<T>, signal: AbortSignal = never): Promise<T[]> {
  const rows: T[] = [];
  for await (const chunk of source.open(signal)) rows.push(...chunk);
  return rows;
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-arrow-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function put(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

const field = (name: string, type: arrow.DataType): arrow.Field => new arrow.Field(name, type, true);
const table = new arrow.Table({
  id: arrow.vectorFromArray([1, 2, null, 4], new arrow.Int32()),
  name: arrow.vectorFromArray(['a', null, 'ü', ''], new arrow.Utf8()),
  kind: arrow.vectorFromArray(
    ['x', 'y', 'x', null],
    new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8()),
  ),
  ratio: arrow.vectorFromArray([0.5, null, 2, Number.NaN], new arrow.Float32()),
  tags: arrow.vectorFromArray(
    [['p', null], [], null, ['q']],
    new arrow.List(field('item', new arrow.Utf8())),
  ),
});
const rows = [
  { id: 1, name: 'a', kind: 'x', ratio: 0.5, tags: ['p', null] },
  { id: 2, name: null, kind: 'y', ratio: null, tags: [] },
  { id: null, name: 'ü', kind: 'x', ratio: 2, tags: null },
  { id: 4, name: '', kind: null, ratio: Number.NaN, tags: ['q'] },
];

describe('readArrow', () => {
  it('reads files and streams of other writers, compressed as a whole or not', async () => {
    const stream = arrow.tableToIPC(table, 'stream');
    const paths = [
      await put('a.arrow', arrow.tableToIPC(table, 'file')),
      await put('a.arrows', stream),
      await put('a.arrows.gz', gzipSync(stream)),
      await put('a.arrows.br', brotliCompressSync(stream)),
    ];
    for (const path of paths) expect(await readAll(readArrow(path))).toEqual(rows);
    expect(await readAll(readArrow(paths, { columns: ['kind', 'id'], chunkRows: 3 }))).toEqual(
      [1, 2, 3, 4].flatMap(() => rows.map(({ kind, id }) => ({ kind, id }))),
    );
  });

  it('knows columns and rows before it is opened, where the file tells them', async () => {
    const stream = arrow.tableToIPC(table, 'stream');
    const file = await put('known.arrow', arrow.tableToIPC(table, 'file'));
    const plain = await put('known.arrows', stream);
    const packed = await put('known.arrows.gz', gzipSync(stream));
    const columns = 'id int32?, name utf8?, kind dictionary?, ratio float32?, tags list<utf8?>?';
    for (const path of [file, plain])
      expect(describeSchema(readArrow(path).schema ?? { fields: [] })).toBe(columns);
    expect(readArrow([file, plain], { columns: ['id'] }).schema?.fields.map(({ name }) => name)).toEqual([
      'id',
    ]);
    expect(readArrow([file, file]).totalItems).toBe(8);
    for (const path of [plain, packed, join(folder, 'none.arrow')])
      expect(readArrow(path).totalItems).toBeUndefined();
    for (const path of [packed, join(folder, 'none.arrow')]) expect(readArrow(path).schema).toBeUndefined();
  });

  it('gives rows of the declared schema, and checks it against the file', async () => {
    const path = await put('declared.arrow', arrow.tableToIPC(table, 'file'));
    const schema = defineSchema({
      name: nullable(utf8()),
      ratio: nullable(float32()),
      kind: nullable(utf8()),
    });
    expect(await readAll(readArrow(path, { schema }))).toEqual(
      rows.map(({ name, ratio, kind }) => ({ name, ratio, kind })),
    );
    const wrong = defineSchema({ id: utf8(), none: int32() });
    await expect(readAll(readArrow(path, { schema: wrong }))).rejects.toThrow(
      /'id' is int32, declared utf8; 'none' is missing/,
    );
    const filled = defineSchema({ id: int32() });
    await expect(readAll(readArrow(path, { schema: filled }))).rejects.toMatchObject({
      code: 'VALUE_INVALID',
      context: { row: 2, column: 'id' },
    });
  });

  it('stops with the abort reason, and refuses larger batches than are allowed', async () => {
    const path = await put('limits.arrows', arrow.tableToIPC(table, 'stream'));
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    await expect(readAll(readArrow(path), controller.signal)).rejects.toThrow('enough');
    for (const name of ['limits.arrow', 'limits.arrows']) {
      const as = name.endsWith('s') ? 'stream' : 'file';
      const one = await put(name, arrow.tableToIPC(table, as));
      await expect(readAll(readArrow(one, { maxBatchBytes: 64 }))).rejects.toMatchObject({
        code: 'SOURCE_FAILED',
        message: expect.stringContaining('Raise maxBatchBytes'),
      });
    }
  });

  it('says what is wrong with files that are missing, cut, or of another format', async () => {
    const whole = arrow.tableToIPC(table, 'file');
    const stream = arrow.tableToIPC(table, 'stream');
    const cases: readonly (readonly [string, RegExp])[] = [
      [join(folder, 'none.arrow'), /no such file/],
      [await put('empty.arrow', new Uint8Array(0)), /is no Arrow file or stream/],
      [await put('text.arrow', Buffer.from('id,name\n1,a\n')), /does not begin as one/],
      [await put('cut.arrow', whole.subarray(0, whole.length - 20)), /does not end with ARROW1/],
      [await put('cut.arrows', stream.subarray(0, stream.length - 100)), /is cut short/],
      [await put('cut.arrows.gz', gzipSync(stream).subarray(0, 200)), /unexpected end of file/],
    ];
    for (const [path, message] of cases) {
      const failure = await readAll(readArrow(path)).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'SOURCE_FAILED', message: expect.stringMatching(message) });
    }
  });

  it('says of columns that rows cannot hold what they are, and reads the others', async () => {
    const odd = new arrow.Table({
      at: arrow.vectorFromArray([new Date(0)], new arrow.DateMillisecond()),
      id: arrow.vectorFromArray([7], new arrow.Int32()),
    });
    const path = await put('odd.arrow', arrow.tableToIPC(odd, 'file'));
    await expect(readAll(readArrow(path))).rejects.toMatchObject({
      code: 'SCHEMA_INVALID',
      message: expect.stringContaining("'at' of type Date64<MILLISECOND>"),
    });
    expect(await readAll(readArrow(path, { columns: ['id'] }))).toEqual([{ id: 7 }]);
  });

  it('says so where a map has no keys and values, as in a damaged file (seed 20261207, trial 352)', async () => {
    const odd = new arrow.Map_(
      field('entries', new arrow.Int32()) as unknown as ConstructorParameters<typeof arrow.Map_>[0],
    ); // what the types forbid
    const path = await put(
      'odd-map.arrows',
      arrow.tableToIPC(new arrow.Table(new arrow.Schema([field('m', odd)])), 'stream'),
    );
    await expect(readAll(readArrow(path, { columns: ['m'] }))).rejects.toMatchObject({
      code: 'SCHEMA_INVALID',
      message: expect.stringContaining('Map without its parts') as string,
    });
  });

  it('refuses options that make no sense', () => {
    expect(() => readArrow([])).toThrow(/at least one path/);
    expect(() => readArrow('x', { columns: [] })).toThrow(/at least one column/);
    // What JavaScript may pass.
    for (const options of [
      { chunkRows: 0 },
      { maxBatchBytes: -1 },
      { compression: 'lzo' },
      { int64: 'x' },
    ] as object[]) {
      expect(() => readArrow('x', options)).toThrow(expect.objectContaining({ code: 'PLAN_INVALID' }));
    }
  });

  it.each(['file', 'stream'] as const)(
    'ends every damaged %s in an error, or in as many rows as it says, and never gives a value that is not there',
    async (as) => {
      const good = arrow.tableToIPC(table, as);
      let refused = 0;
      for (let trial = 0; trial < 600; trial += 1) {
        // Marsaglia's xorshift, from the number of the trial.
        let state = (trial + 1) * 2_654_435_761;
        const next = (below: number): number => {
          state ^= state << 13;
          state ^= state >>> 17;
          state ^= state << 5;
          return (state >>> 0) % below;
        };
        const bytes = Uint8Array.from(good);
        for (let change = next(3); change >= 0; change -= 1) {
          const at = next(bytes.length);
          bytes[at] = [0, 0xff, 0x7f, 0x80, next(256)][next(5)] ?? 0;
        }
        const path = await put(`damaged.${as}`, bytes);
        const read = await readAll(readArrow(path)).catch((error: unknown) => error);
        if (!Array.isArray(read)) {
          expect(read, String(read)).toMatchObject({
            code: expect.stringMatching(/^(SOURCE_FAILED|SCHEMA_INVALID|VALUE_INVALID)$/),
          });
          refused += 1;
          continue;
        }
        for (const row of read) expect(Object.values(row)).not.toContain(undefined);
      }
      expect(refused).toBeGreaterThan(100);
    },
    60_000,
  );
});
