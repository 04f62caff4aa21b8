// Mistakes planted in good files, each of which an encoder could make: the gates must not let one pass.
import { expect, test } from 'vitest';
import { encode, type WriteOptions } from './support/encode.js';
import { type Chunk, layoutOf, type Page } from './support/layout/file-layout.js';
import { random } from './support/random.js';
import type { Case, Table } from './support/table.js';
import { verify } from './support/verify.js';

const options: WriteOptions = {
  compression: 'none',
  encodings: 'adaptive',
  rowGroupRows: 131_072,
  maxBufferedBytes: 32 * 2 ** 20,
  late: false,
};

const rows = 20_000;
const source = random(5);
const ids = Array.from({ length: rows }, (_, row) => row);
const table: Table = {
  rows,
  columns: [
    {
      name: 'id',
      type: { kind: 'int64', js: 'bigint' },
      nullable: false,
      values: ids.map((id) => BigInt(id * 7)),
    },
    {
      name: 'few',
      type: { kind: 'utf8' },
      nullable: false,
      values: ids.map(() => source.pick(['Aa', 'Bb', 'Cc', 'Dd', 'Ee'])),
    },
    {
      name: 'gaps',
      type: { kind: 'int32' },
      nullable: true,
      values: ids.map((id) => (source.chance(0.3) ? null : id * 3)),
    },
    {
      name: 'noise',
      type: { kind: 'float64' },
      nullable: false,
      values: ids.map(() => source.fraction() + 1),
    },
    {
      name: 'text',
      type: { kind: 'utf8' },
      nullable: false,
      values: ids.map((id) => `value number ${id}`),
    },
  ],
};
const good: Case = { table, cuts: [rows / 2, rows / 2] };

interface Planted {
  readonly file: Buffer;
  chunk(name: string): Chunk;
  /** Where the values or levels of the column's n-th data page begin. */
  page(name: string, number: number): { readonly page: Page; readonly body: number };
  /** Puts `by` over each occurrence of `bytes` from `from` on, and returns how many there were. */
  replace(bytes: Uint8Array, by: Uint8Array, from: number): number;
}

function plantedIn(original: Buffer): Planted {
  const file = Buffer.from(original);
  const layout = layoutOf(original);
  const chunk = (name: string): Chunk => {
    const found = layout.rowGroups[0]?.chunks.find(({ path }) => path === name);
    if (found === undefined) throw new Error(`There is no column ${name}.`);
    return found;
  };
  return {
    file,
    chunk,
    page(name, number) {
      const page = chunk(name).pages.filter(({ kind }) => kind === 'data')[number];
      if (page === undefined) throw new Error(`Column ${name} has no page ${number}.`);
      return { page, body: page.offset + page.headerBytes };
    },
    replace(bytes, by, from) {
      let changed = 0;
      for (let at = file.indexOf(bytes, from); at >= 0; at = file.indexOf(bytes, at + 1)) {
        file.set(by, at);
        changed += 1;
      }
      return changed;
    },
  };
}

function long(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes;
}

/** Where the footer and the page indexes begin: behind the last page. */
function afterPages(planted: Planted): number {
  const last = planted.chunk('text').pages.at(-1);
  return last === undefined ? 0 : last.offset + last.headerBytes + last.compressedBytes;
}

interface Mistake {
  readonly name: string;
  /** In statistics, not in values. */
  readonly isInBounds?: true;
  plant(planted: Planted): void;
}

const mistakes: readonly Mistake[] = [
  {
    name: 'a bit width one too small',
    plant({ file, page }) {
      const { body } = page('few', 0);
      file[body] = (file[body] ?? 0) - 1;
    },
  },
  {
    name: 'a bit width one too large',
    plant({ file, page }) {
      const { body } = page('few', 1);
      file[body] = (file[body] ?? 0) + 1;
    },
  },
  {
    name: 'one dictionary code for another',
    plant({ file, page }) {
      // Behind the width and the header of a run lie codes of three bits.
      const { page: at, body } = page('few', 0);
      const middle = body + Math.floor(at.compressedBytes / 2);
      file[middle] = (file[middle] ?? 0) ^ 1;
    },
  },
  {
    name: 'two entries of a dictionary exchanged',
    plant({ file, chunk }) {
      const dictionary = chunk('few').pages.find(({ kind }) => kind === 'dictionary');
      if (dictionary === undefined) throw new Error('There is no dictionary.');
      const first = dictionary.offset + dictionary.headerBytes + 4;
      const [a, b] = [
        file.subarray(first, first + 2).toString(),
        file.subarray(first + 6, first + 8).toString(),
      ];
      file.write(b, first);
      file.write(a, first + 6);
    },
  },
  {
    name: 'a difference off by one',
    plant({ file, page }) {
      // Block size, miniblocks and count, 2 + 1 + 2 bytes, then the first value, 1 byte, then the least difference.
      const { body } = page('id', 0);
      file[body + 6] = (file[body + 6] ?? 0) + 2;
    },
  },
  {
    name: 'a first value off by one',
    plant({ file, page }) {
      const { body } = page('id', 0);
      file[body + 5] = (file[body + 5] ?? 0) + 2;
    },
  },
  {
    name: 'a null more',
    plant({ file, page }) {
      const { page: at, body } = page('gaps', 0);
      const levels = file.readUInt32LE(body);
      if (levels < 100 || levels > at.compressedBytes) throw new Error(`${levels} bytes of levels`);
      const middle = body + 4 + Math.floor(levels / 2);
      const byte = file[middle] ?? 0;
      file[middle] = byte & (byte - 1);
    },
  },
  {
    name: 'a length of text off by one',
    plant({ file, page }) {
      // Lengths are packed as differences too: the first one stands behind the same five bytes.
      const { body } = page('text', 1);
      file[body + 5] = (file[body + 5] ?? 0) + 2;
    },
  },
  {
    name: 'one bit of a double',
    plant({ file, page }) {
      const { body } = page('noise', 1);
      file[body + 8 * 777] = (file[body + 8 * 777] ?? 0) ^ 1;
    },
  },
  {
    name: 'a min above the true one',
    isInBounds: true,
    plant(planted) {
      expect(planted.replace(long(0n), long(7n), afterPages(planted))).toBeGreaterThan(0);
    },
  },
  {
    name: 'a max beneath the true one',
    isInBounds: true,
    plant(planted) {
      const max = BigInt((rows - 1) * 7);
      expect(planted.replace(long(max), long(max - 7n), afterPages(planted))).toBeGreaterThan(0);
    },
  },
  {
    name: 'bounds of one page in the page index that belong to another',
    isInBounds: true,
    plant(planted) {
      const first = BigInt((rows / 2) * 7);
      expect(planted.replace(long(first), long(first + 7n), afterPages(planted))).toBe(1);
    },
  },
];

test('a good file passes', async () => {
  expect(await verify(await encode('tailrace', good, options), table)).toEqual([]);
});

test.each(mistakes)('the gates catch $name', async ({ plant, isInBounds }) => {
  const bytes = await encode('tailrace', good, options);
  const planted = plantedIn(bytes);
  plant(planted);
  expect(planted.file.equals(bytes)).toBe(false);
  const problems = await verify(planted.file, table);
  // Wrong values are met by each of the four readers; wrong bounds by none that reads everything.
  expect(problems.map((problem) => problem.startsWith('layout'))).toEqual(
    isInBounds === true ? [true] : [false, false, false, false],
  );
});

test('the gates catch a table that differs from the file in one value', async () => {
  const bytes = await encode('tailrace', good, options);
  const [id, ...rest] = table.columns;
  if (id === undefined) throw new Error('The table has no columns.');
  const values = id.values.map((value, row) =>
    row === 12_345 && typeof value === 'bigint' ? value + 1n : value,
  );
  expect((await verify(bytes, { ...table, columns: [{ ...id, values }, ...rest] })).length).toBe(4);
});
