import type { BatchData, DataType, Schema } from '@tailrace/core/sink';
import fc from 'fast-check';
import { parquetMetadata, parquetReadObjects, readColumnIndex, readOffsetIndex } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { type CellValue, type TestColumn, testBatch } from '../../testing/batches.js';
import { type Codec, codecFor } from './codec.js';
import { fileEnd, magic } from './file-metadata.js';
import { encodings } from './format-numbers.js';
import { rowGroup, type WrittenRowGroup } from './row-group.js';

const types: readonly DataType[] = [
  { kind: 'bool' },
  { kind: 'int32' },
  { kind: 'int64', js: 'bigint' },
  { kind: 'float64' },
  { kind: 'utf8' },
  { kind: 'dictionary' },
];
type Row = readonly CellValue[];
const few = fc.constantFrom('', 'SFO', 'JFK', 'Zürich', '🚀'.repeat(20), `${'x'.repeat(70)}y`);
const cells: readonly fc.Arbitrary<CellValue>[] = [
  fc.boolean(),
  fc.integer(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.oneof(fc.double(), fc.constantFrom(0, -0, Number.NaN, 1.5)),
  fc.oneof(few, fc.string({ unit: 'grapheme', maxLength: 80 })),
  few,
];
const row: fc.Arbitrary<Row> = fc.tuple(...cells.map((cell) => fc.option(cell, { freq: 4 })));
/** Pages of one row group: each call of `add` makes at least one. */
const pages = fc.array(
  fc.oneof(fc.array(row, { minLength: 1, maxLength: 40 }), fc.array(row, { minLength: 300, maxLength: 400 })),
  { minLength: 1, maxLength: 5 },
);

const columnsOf = (rows: readonly Row[]): TestColumn[] =>
  types.map((type, at) => ({
    name: type.kind,
    type,
    nullable: true,
    values: rows.map((values) => values[at] ?? null),
  }));
const dataOf = (rows: readonly Row[]): BatchData => testBatch(columnsOf(rows)).data;
const schema: Schema = dataOf([]).schema;

/** Makes what lies in the batch's memory another thing. */
function overwrite({ columns }: BatchData): void {
  for (const { values, offsets, validity, dictionary } of columns) {
    for (const view of [values, offsets, validity, dictionary?.values, dictionary?.offsets]) {
      if (view) new Uint8Array(view.buffer).fill(0xa5);
    }
  }
}

interface Options {
  readonly deltas: boolean;
  readonly compression: 'none' | 'snappy';
}

/** A file of these row groups, each of these pages; every batch is overwritten as soon as it may be. */
async function fileOf(groups: readonly (readonly (readonly Row[])[])[], { deltas, compression }: Options) {
  const codec = await codecFor(compression);
  const codesEncoding = deltas ? encodings.rleDictionary : encodings.plainDictionary;
  const group = rowGroup({ schema, codec, codesEncoding, deltas });
  const pieces: Uint8Array[] = [magic];
  const written: WrittenRowGroup[] = [];
  const size = (): number => pieces.reduce((sum, piece) => sum + piece.length, 0);
  for (const some of groups) {
    for (const rows of some) {
      const data = dataOf(rows);
      group.add(data, 0, data.rows);
      group.settle();
      overwrite(data);
    }
    const ended = group.end(size());
    for (const piece of ended.pieces) pieces.push(piece.slice());
    group.release();
    written.push(ended.group);
  }
  const end = fileEnd(
    { schema, compression, groups: written, keyValues: new Map(), createdBy: 'test version 1.0.0' },
    size(),
  );
  return { bytes: new Uint8Array(Buffer.concat([...pieces, end])), groups: written };
}

const options: fc.Arbitrary<Options> = fc.record({
  deltas: fc.boolean(),
  compression: fc.constantFrom('none', 'snappy'),
});

describe('row groups', () => {
  it('are read by hyparquet with the same values, whatever the types, nulls, pages and encodings', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(pages, { minLength: 1, maxLength: 3 }), options, async (groups, how) => {
        const { bytes } = await fileOf(groups, how);
        const read = await parquetReadObjects({ file: bytes.buffer });
        expect(read.map((values) => types.map(({ kind }) => values[kind] ?? null))).toEqual(groups.flat(2));
      }),
      { numRuns: 40 },
    );
  });

  it('have an index that finds every page, with bounds that hold for its values and are met', async () => {
    await fc.assert(
      fc.asyncProperty(pages, options, async (rows, how) => {
        const { bytes } = await fileOf([rows], how);
        const metadata = parquetMetadata(bytes.buffer);
        for (const [at, { kind }] of types.entries()) {
          const chunk = metadata.row_groups[0]?.columns[at];
          const meta = chunk?.meta_data;
          const element = metadata.schema[at + 1];
          if (chunk === undefined || meta === undefined || element === undefined) throw new Error('no chunk');
          const reader = (offset: bigint | undefined) => ({
            view: new DataView(bytes.buffer, Number(offset)),
            offset: 0,
          });
          const { page_locations: locations } = readOffsetIndex(reader(chunk.offset_index_offset));
          let next = meta.data_page_offset;
          for (const { offset, compressed_page_size } of locations) {
            expect(offset).toBe(next);
            expect(bytes[Number(offset)]).toBe(0x15); // the first field of a page header
            next += BigInt(compressed_page_size);
          }
          const start = meta.dictionary_page_offset ?? meta.data_page_offset;
          expect(next).toBe(start + meta.total_compressed_size);

          const values = rows.flat().map((cellsOfRow) => cellsOfRow[at] ?? null);
          const bounded = valuesOfPages(
            values,
            locations.map(({ first_row_index: first }) => Number(first)),
          );
          const noOrder = bounded.some(({ ordered, known }) => ordered.length === 0 && known > 0);
          if (noOrder) {
            expect(chunk.column_index_offset).toBeUndefined(); // NaN alone in a page
            continue;
          }
          const index = readColumnIndex(reader(chunk.column_index_offset), element);
          for (const [page, { ordered, known, count }] of bounded.entries()) {
            expect(index.null_counts?.[page]).toBe(BigInt(count - known));
            expect(index.null_pages[page]).toBe(known === 0);
            if (known === 0) continue;
            // Of the column's own type, which is none of the others that the library may give.
            const low = index.min_values[page] as unknown as Ordered;
            const high = index.max_values[page] as unknown as Ordered;
            expect(ordered.every((value) => compare(low, value) <= 0 && compare(high, value) >= 0)).toBe(
              true,
            );
            if (kind === 'utf8' || kind === 'dictionary') continue; // may be cut: see statistics.test.ts
            expect(ordered.some((value) => compare(low, value) === 0)).toBe(true);
            expect(ordered.some((value) => compare(high, value) === 0)).toBe(true);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('say how large they are and how many pages of which encoding they have', async () => {
    const rows = (from: number, count: number): Row[] =>
      Array.from({ length: count }, (_, at) => {
        const id = from + at;
        return [id % 2 === 0, id, BigInt(id) ** 3n, id / 7, `agent ${id}`, `city ${id % 5}`];
      });
    const { bytes, groups } = await fileOf([[rows(0, 3000), rows(3000, 3000)]], {
      deltas: true,
      compression: 'none',
    });
    const { row_groups: [group] = [] } = parquetMetadata(bytes.buffer);
    expect(group?.columns.map(({ meta_data }) => meta_data?.encoding_stats)).toEqual([
      [{ page_type: 'DATA_PAGE', encoding: 'PLAIN', count: 2 }],
      [{ page_type: 'DATA_PAGE', encoding: 'DELTA_BINARY_PACKED', count: 2 }],
      [{ page_type: 'DATA_PAGE', encoding: 'DELTA_BINARY_PACKED', count: 2 }],
      [{ page_type: 'DATA_PAGE', encoding: 'PLAIN', count: 2 }],
      [{ page_type: 'DATA_PAGE', encoding: 'DELTA_LENGTH_BYTE_ARRAY', count: 2 }],
      [
        { page_type: 'DICTIONARY_PAGE', encoding: 'PLAIN', count: 1 },
        { page_type: 'DATA_PAGE', encoding: 'RLE_DICTIONARY', count: 2 },
      ],
    ]);
    const sizes = group?.columns.map(({ meta_data }) => meta_data?.total_compressed_size ?? 0n) ?? [];
    const total = sizes.reduce((sum, size) => sum + size, 0n);
    expect(group).toMatchObject({ total_compressed_size: total, total_byte_size: total, num_rows: 6000n });
    expect(groups[0]?.chunks[0]?.offset).toBe(4);
    expect(groups[0]?.chunks.map(({ values }) => values)).toEqual(types.map(() => 6000));
  });

  it('keep the codes of a dictionary for the pages before it grew too large, and go on without', async () => {
    const known: Row[] = Array.from({ length: 5000 }, (_, id) => {
      const text = `name ${id % 3}`;
      return [true, id % 3, BigInt(id % 3), (id % 3) / 2, text, text];
    });
    // More values than a dictionary takes.
    const fresh: Row[] = Array.from({ length: 70_000 }, (_, id) => {
      const text = `other ${id}`;
      return [true, id + 10, BigInt(id + 10), id + 10.5, text, text];
    });
    for (const deltas of [true, false]) {
      const { bytes } = await fileOf([[known, fresh, known]], { deltas, compression: 'snappy' });
      const { row_groups: [group] = [] } = parquetMetadata(bytes.buffer);
      const codes = deltas ? 'RLE_DICTIONARY' : 'PLAIN_DICTIONARY';
      for (const { meta_data } of group?.columns.slice(1) ?? []) {
        expect(meta_data?.encodings).toContain(codes);
        const stats = meta_data?.encoding_stats?.filter(({ page_type }) => page_type === 'DATA_PAGE') ?? [];
        expect(stats.find(({ encoding }) => encoding === codes)?.count).toBe(1);
        expect(
          stats.filter(({ encoding }) => encoding !== codes).reduce((n, { count }) => n + count, 0),
        ).toBeGreaterThan(1);
      }
      const read = await parquetReadObjects({ file: bytes.buffer });
      const sent = [...known, ...fresh, ...known];
      expect(read).toHaveLength(sent.length);
      const wrong = sent.findIndex((cellsOfRow, at) =>
        types.some(({ kind }, column) => read[at]?.[kind] !== cellsOfRow[column]),
      );
      expect(wrong).toBe(-1);
    }
  });

  it('bound pages by the rows when few entries of a dictionary that is given up have most of them', async () => {
    // More entries than a dictionary takes, nearly all of them short; the rows that follow name the long one.
    const entries = Array.from({ length: 70_000 }, (_, id) => `${id}`);
    const long = 'long '.repeat(2000);
    const rows = [...entries, ...Array.from({ length: 600 }, (_, at) => (at % 2 === 0 ? long : null))];
    const type: DataType = { kind: 'dictionary' };
    const { data } = testBatch([{ name: 'text', type, nullable: true, values: rows }]);
    const written: number[] = [];
    const codec: Codec = {
      isCompression: true,
      compress(page) {
        written.push(page.length);
        return true;
      },
    };
    const { rleDictionary: codesEncoding } = encodings;
    const group = rowGroup({ schema: data.schema, codec, codesEncoding, deltas: false });
    group.add(data, 0, 65_000);
    group.add(data, 65_000, rows.length - 65_000);
    const pageCounts = [...(group.end(4).group.chunks[0]?.pagesByEncoding.values() ?? [])];
    expect(pageCounts).toEqual([1, 3]);
    // A mebibyte of values, and four bytes of length for each.
    expect(Math.max(...written)).toBeLessThan(1.1 * 1024 * 1024);
  });

  it('leave no scratch of a huge value behind', () => {
    const huge = 'x'.repeat(12 * 1024 * 1024);
    const kept: number[] = [];
    const codec: Codec = {
      isCompression: true,
      compress(page, out) {
        kept.push(page.buffer.byteLength, out.bytes.length);
        out.appendBytes(page);
        return false;
      },
    };
    const type: DataType = { kind: 'utf8' };
    const { schema: one } = testBatch([{ name: 'text', type, values: [huge] }]);
    const { plain: codesEncoding } = encodings;
    const group = rowGroup({ schema: one, codec, codesEncoding, deltas: false });
    for (const text of [huge, 'small'])
      group.add(testBatch([{ name: 'text', type, values: [text] }]).data, 0, 1);
    expect(kept[0]).toBeGreaterThan(huge.length);
    expect(kept[2]).toBeLessThan(4 * 1024 * 1024);
    expect(kept[3]).toBeLessThan(4 * 1024 * 1024);
  });

  it('are refused when a column has more rows than the others', async () => {
    const codec = await codecFor('none');
    const group = rowGroup({ schema, codec, codesEncoding: encodings.rleDictionary, deltas: true });
    const data = dataOf([[true, 1, 1n, 1, 'a', 'b']]);
    group.add(data, 0, 1);
    group.add({ ...data, columns: data.columns.slice(0, 1) }, 0, 1);
    expect(() => group.end(4)).toThrow(
      expect.objectContaining({ code: 'ENCODE_MISMATCH', context: { rows: '2, 1, 1, 1, 1, 1' } }),
    );
  });

  it('split pages at 65,536 rows and at about a mebibyte of strings', async () => {
    const long: Row[] = Array.from({ length: 3000 }, (_, id) => {
      const text = `${id} ${'long '.repeat(200)}`;
      return [null, null, null, null, text, text];
    });
    const { groups } = await fileOf([[long]], { deltas: true, compression: 'snappy' });
    const pageCounts = groups[0]?.chunks.map(({ pagesByEncoding }) => [...pagesByEncoding.values()]);
    expect(pageCounts?.slice(4)).toEqual([[3], [3]]);
    const many: Row[] = Array.from({ length: 70_000 }, (_, id) => [true, id, BigInt(id), id, '', '']);
    const { groups: wide } = await fileOf([[many]], { deltas: true, compression: 'snappy' });
    expect(wide[0]?.chunks.map(({ pagesByEncoding }) => [...pagesByEncoding.values()])).toEqual(
      types.map(() => [2]),
    );
  });
});

type Ordered = boolean | number | bigint | string;

function valuesOfPages(values: readonly CellValue[], starts: readonly number[]) {
  return starts.map((start, page) => {
    const all = values.slice(start, starts[page + 1]);
    const known = all.filter((value) => value !== null);
    const ordered = known.filter((value) => !Number.isNaN(value));
    return { ordered, known: known.length, count: all.length };
  });
}

/** As Parquet orders them: strings by their bytes. */
function compare(a: Ordered, b: Ordered): number {
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(String(b)));
  return a < b ? -1 : a > b ? 1 : 0;
}
