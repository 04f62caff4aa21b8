// Owns the proof that Arrow files and streams are read whole or not at all: cut ones, those of the other byte order, packed ones.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Source } from '@tailrace/core';
import * as arrow from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readArrow } from './read-arrow.js';

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

async function readAll<T>(source: Source<T>): Promise<T[]> {
  const rows: T[] = [];
  for await (const chunk of source.open(new AbortController().signal)) rows.push(...chunk);
  return rows;
}

const ids = Array.from({ length: 30 }, (_, at) => at);
/** Three batches of one column. */
const table = new arrow.Table(
  [0, 10, 20].flatMap((from) => {
    const id = arrow.vectorFromArray(ids.slice(from, from + 10), new arrow.Int32());
    return new arrow.Table({ id }).batches;
  }),
);
const rows = ids.map((id) => ({ id }));
const stream = arrow.tableToIPC(table, 'stream');
const file = arrow.tableToIPC(table, 'file');

/** Where each message of a stream begins, and after them where the end mark does. */
function bordersOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const borders = [0];
  for (let at = 0; view.getInt32(at + 4, true) !== 0; ) {
    const length = view.getInt32(at + 4, true);
    at += 8 + length + arrow.Message.decode(bytes.subarray(at + 8, at + 8 + length)).bodyLength;
    borders.push(at);
  }
  return borders;
}

describe('streams', () => {
  it('refuses one that was cut anywhere, between two messages too, and says where', async () => {
    const borders = bordersOf(stream);
    expect(borders).toHaveLength(5);
    for (let length = 1; length < stream.length; length += 13) {
      const path = await put('cut.arrows', stream.subarray(0, length));
      await expect(readAll(readArrow(path)), `${length} bytes`).rejects.toMatchObject({
        code: 'SOURCE_FAILED',
      });
    }
    for (const border of borders.slice(1)) {
      const cut = stream.subarray(0, border);
      for (const path of [await put('cut.arrows', cut), await put('cut.arrows.gz', gzipSync(cut))])
        await expect(readAll(readArrow(path))).rejects.toMatchObject({
          message: expect.stringContaining(`ends at byte ${border} without the end mark`),
          context: { byte: border },
        });
    }
  });

  it('reads one whose writer leaves the end mark out when it is told so', async () => {
    const path = await put('unended.arrows', stream.subarray(0, stream.length - 8));
    expect(await readAll(readArrow(path, { endMark: 'optional' }))).toEqual(rows);
    const cut = await put('cut.arrows', stream.subarray(0, stream.length - 9));
    await expect(readAll(readArrow(cut, { endMark: 'optional' }))).rejects.toThrow(/is cut short/);
    expect(() => readArrow(path, { endMark: 'never' as 'optional' })).toThrow(/'required' or 'optional'/);
  });

  it('refuses bytes behind the end mark instead of leaving them out', async () => {
    const twice = await put('twice.arrows', Buffer.concat([stream, stream]));
    await expect(readAll(readArrow(twice))).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      message: expect.stringContaining(`at byte ${stream.length}`),
    });
  });
});

describe('files', () => {
  it('refuses one that was cut anywhere', async () => {
    for (let length = 1; length < file.length; length += 13) {
      const path = await put('cut.arrow', file.subarray(0, length));
      await expect(readAll(readArrow(path)), `${length} bytes`).rejects.toMatchObject({
        code: 'SOURCE_FAILED',
      });
    }
  });

  it('reads those that are compressed as a whole, within the limit, though their schema stands in the footer alone', async () => {
    for (const path of [
      await put('a.arrow.gz', gzipSync(file)),
      await put('a.arrow.br', brotliCompressSync(file)),
    ]) {
      expect(await readAll(readArrow(path))).toEqual(rows);
      expect(await readAll(readArrow(path, { maxBatchBytes: file.length }))).toEqual(rows);
      await expect(readAll(readArrow(path, { maxBatchBytes: file.length - 1 }))).rejects.toMatchObject({
        code: 'SOURCE_FAILED',
        message: expect.stringMatching(
          /Unpack it, raise maxBatchBytes, or have its writer compress a stream/,
        ),
      });
    }
    const cut = await put('cut.arrow.gz', gzipSync(file.subarray(0, file.length - 20)));
    await expect(readAll(readArrow(cut))).rejects.toThrow(/does not end with ARROW1/);
  });
});

describe('the number of rows', () => {
  it('is read once, however often it is asked for', async () => {
    const path = await put('counted.arrow', file);
    const source = readArrow(path);
    expect(source.totalItems).toBe(30);
    await rm(path);
    expect(source.totalItems).toBe(30);
  });
});

describe('the byte order', () => {
  /**
   * The same bytes, but the schema says that values are big-endian: the table of a schema leaves the byte order out where it is
   * little-endian, so its place is pointed at a byte that holds 1.
   */
  function asBigEndian(
    bytes: Uint8Array,
    at: number,
    schemaOf: (view: DataView, root: number) => number,
  ): Buffer {
    const changed = Buffer.from(bytes);
    const view = new DataView(changed.buffer, changed.byteOffset, changed.byteLength);
    const schema = schemaOf(view, at + view.getUint32(at, true));
    const vtable = schema - view.getInt32(schema, true);
    expect(view.getUint16(vtable + 4, true)).toBe(0);
    let one = schema;
    while (view.getUint16(one, true) !== 1) one += 2;
    view.setUint16(vtable + 4, one - schema, true);
    return changed;
  }
  /** Where field number `id` of a table leads. */
  const reference = (view: DataView, tableAt: number, id: number): number => {
    const place = tableAt + view.getUint16(tableAt - view.getInt32(tableAt, true) + 4 + id * 2, true);
    return place + view.getUint32(place, true);
  };

  it('is looked at: big-endian files and streams are refused as such, not read as something else', async () => {
    const bigStream = asBigEndian(stream, 8, (view, root) => reference(view, root, 2));
    const footerAt = file.length - 10 - Buffer.from(file).readInt32LE(file.length - 10);
    const bigFile = asBigEndian(file, footerAt, (view, root) => reference(view, root, 1));
    for (const path of [
      await put('big.arrows', bigStream),
      await put('big.arrow', bigFile),
      await put('big.arrow.gz', gzipSync(bigFile)),
    ]) {
      await expect(readAll(readArrow(path))).rejects.toMatchObject({
        code: 'SOURCE_FAILED',
        message: expect.stringMatching(/is big-endian.*only little-endian is read here/),
        context: { byteOrder: 'big-endian' },
      });
      expect(readArrow(path).schema).toBeUndefined();
      expect(readArrow(path).totalItems).toBeUndefined();
    }
  });
});
