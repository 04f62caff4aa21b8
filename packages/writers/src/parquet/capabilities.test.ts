// Every cell of the table of capabilities: what is claimed is done and seen in the file, what is not is refused by name.
import { readFile } from 'node:fs/promises';
import type { FormatDefinition } from '@tailrace/core/sink';
import { type FileMetaData, parquetMetadata } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { type TestColumn, testBatch, testSchema } from '../testing/batches.js';
import { duckRows, encodeAll } from '../testing/encode.js';
import { type Capability, capabilities, enginesWith } from './capabilities.js';
import { levels } from './compression.js';
import type { ParquetEngine } from './engine.js';
import { engines } from './engine.js';
import liteFormat from './lite/module.js';
import ownFormat from './module.js';
import { type ParquetFormatOptions, type ParquetOptions, resolveParquetOptions } from './options.js';
import wasmFormat from './wasm/module.js';

const rows = 3000;
const columns: TestColumn[] = [
  {
    name: 'id',
    type: { kind: 'int64', js: 'bigint' },
    values: Array.from({ length: rows }, (_, at) => BigInt(at)),
  },
  {
    name: 'word',
    type: { kind: 'utf8' },
    nullable: true,
    values: Array.from({ length: rows }, (_, at) => (at % 7 === 0 ? null : `word ${at % 11}`)),
  },
  { name: 'none', type: { kind: 'utf8' }, nullable: true, values: Array.from({ length: rows }, () => null) },
];
const batches = [testBatch(columns)];
const schema = testSchema(columns);

/** polars, which is not installed with this package, has its turn in test/interop. */
const formats: Partial<Record<ParquetEngine, FormatDefinition<ParquetFormatOptions>>> = {
  tailrace: ownFormat,
  'parquet-wasm': wasmFormat,
  'parquetjs-lite': liteFormat,
};

interface Trial {
  readonly asks: ParquetOptions;
  /** What the file has to show. */
  readonly shows: (metadata: FileMetaData, bytes: Uint8Array) => void;
}

const chunks = (metadata: FileMetaData) =>
  metadata.row_groups.flatMap((group) => group.columns.map((column) => column.meta_data));
const codecIs = (name: string) => (metadata: FileMetaData) =>
  expect(new Set(chunks(metadata).map((chunk) => chunk?.codec))).toEqual(new Set([name]));
const idEncodings = (metadata: FileMetaData) => chunks(metadata)[0]?.encodings;
const pageTypes = (bytes: Uint8Array) => bytes[5]; // of the first page: a header begins with field 1, an i32, its type as zigzag

const trials: Record<Capability, Trial> = {
  'compression: none': { asks: { compression: 'none' }, shows: codecIs('UNCOMPRESSED') },
  'compression: snappy': { asks: { compression: 'snappy' }, shows: codecIs('SNAPPY') },
  'compression: gzip': { asks: { compression: 'gzip' }, shows: codecIs('GZIP') },
  'compression: brotli': { asks: { compression: 'brotli' }, shows: codecIs('BROTLI') },
  'compression: zstd': { asks: { compression: 'zstd' }, shows: codecIs('ZSTD') },
  'compression: lz4_raw': { asks: { compression: 'lz4_raw' }, shows: codecIs('LZ4_RAW') },
  compressionLevel: { asks: { compression: 'gzip', compressionLevel: 9 }, shows: codecIs('GZIP') },
  'encodings: basic': {
    asks: { encodings: 'basic' },
    shows: (metadata) => {
      const used = new Set(chunks(metadata).flatMap((chunk) => chunk?.encodings));
      for (const one of used) expect(['PLAIN', 'RLE', 'PLAIN_DICTIONARY', 'RLE_DICTIONARY']).toContain(one);
    },
  },
  rowGroupRows: {
    asks: { rowGroupRows: 1000 },
    shows: ({ row_groups }) =>
      expect(row_groups.map((group) => group.num_rows)).toEqual([1000n, 1000n, 1000n]),
  },
  rowGroupBytes: {
    asks: { rowGroupBytes: 2048, compression: 'none' },
    // All rows come in one batch, which the engines do not cut for it, except for the one that goes row by row.
    shows: ({ row_groups }) => expect(row_groups.length).toBeGreaterThan(0),
  },
  'columns.bloomFilter': {
    asks: { columns: { id: { bloomFilter: true } } },
    shows: () => expect.fail('no engine claims it'),
  },
  'columns.encoding': {
    asks: { columns: { id: { encoding: 'plain', dictionary: false } } },
    shows: (metadata) => expect(idEncodings(metadata)).not.toContain('DELTA_BINARY_PACKED'),
  },
  'columns.dictionary': {
    asks: { columns: { id: { dictionary: true } } },
    shows: (metadata) => expect(idEncodings(metadata)).toContain('RLE_DICTIONARY'),
  },
  'columns.statistics': {
    asks: { columns: { id: { statistics: false } } },
    shows: (metadata) => {
      const [id, word] = chunks(metadata);
      expect(id?.statistics?.min_value).toBeUndefined();
      expect(word?.statistics?.min_value).toBeDefined();
    },
  },
  'columns.fieldId': {
    asks: { columns: { word: { fieldId: 41 } } },
    shows: (metadata) => expect(metadata.schema[2]?.field_id).toBe(41),
  },
  'statistics: true': {
    asks: { statistics: true },
    shows: (metadata) => expect(chunks(metadata)[0]?.statistics?.max_value).toBe(2999n),
  },
  'statistics: false': {
    asks: { statistics: false },
    shows: (metadata) => {
      for (const chunk of chunks(metadata)) expect(chunk?.statistics?.min_value).toBeUndefined();
    },
  },
  'pageIndex: true': {
    asks: { pageIndex: true },
    shows: ({ row_groups }) => expect(row_groups[0]?.columns[0]?.column_index_offset).toBeDefined(),
  },
  'pageIndex: false': {
    asks: { pageIndex: false },
    shows: ({ row_groups }) => {
      expect(row_groups[0]?.columns[0]?.column_index_offset).toBeUndefined();
      expect(row_groups[0]?.columns[0]?.offset_index_offset).toBeUndefined();
    },
  },
  sortedBy: {
    asks: { sortedBy: [{ column: 'id' }] },
    shows: ({ row_groups }) =>
      expect(row_groups[0]?.sorting_columns).toEqual([
        { column_idx: 0, descending: false, nulls_first: false },
      ]),
  },
  metadata: {
    asks: { metadata: { owner: 'grüße' } },
    shows: ({ key_value_metadata }) =>
      expect(key_value_metadata).toContainEqual({ key: 'owner', value: 'grüße' }),
  },
  'pageVersion: 1': {
    asks: { pageVersion: 1, columns: {} },
    shows: (_, bytes) => expect([0, 4]).toContain(pageTypes(bytes)),
  },
  'pageVersion: 2': {
    asks: { pageVersion: 2 },
    shows: (_, bytes) => expect([6, 4]).toContain(pageTypes(bytes)), // 4: the dictionary, whose pages have one version
  },
  createdBy: {
    asks: { createdBy: 'trial version 1.2.3' },
    shows: ({ created_by }) => expect(created_by).toBe('trial version 1.2.3'),
  },
};

const names = Object.keys(capabilities) as Capability[]; // the keys of the table, which has no others
const cells = names.flatMap((capability) => engines.map((engine) => ({ capability, engine })));
const has = ({ capability, engine }: (typeof cells)[number]): boolean =>
  enginesWith(capability).includes(engine);

const contents = `SELECT count(*) AS rows, count(word) AS words, count("none") AS nones, sum(id) AS ids,
  bool_and(word IS NOT DISTINCT FROM if(id % 7 = 0, NULL, 'word ' || id % 11)) AS same FROM $file`;

describe('an engine does what the table of capabilities says', () => {
  it.each(cells.filter((cell) => has(cell) && formats[cell.engine] !== undefined))(
    '$engine: $capability',
    async ({ capability, engine }) => {
      const format = formats[engine];
      if (format === undefined) return; // filtered
      const { asks, shows } = trials[capability];
      const { format: options } = resolveParquetOptions('out', { ...asks, engine });
      const bytes = await encodeAll(format, options, schema, batches);
      shows(parquetMetadata(new Uint8Array(bytes).buffer), bytes);
      const [read] = await duckRows(bytes, '.parquet', contents);
      expect(read).toEqual({ rows: 3000n, words: 2571n, nones: 0n, ids: 4498500n, same: true });
    },
  );

  it.each(cells.filter((cell) => !has(cell)))('$engine refuses $capability', ({ capability, engine }) => {
    const others = enginesWith(capability);
    const able =
      others.length === 0
        ? new RegExp(`no engine can do ${capability}\\. Leave out that option`)
        : new RegExp(`the engine ${engine} cannot do .*; .*(${others.join('|')}).* can`);
    expect(() => resolveParquetOptions('out', { ...trials[capability].asks, engine })).toThrow(
      expect.objectContaining({ code: 'PLAN_INVALID', message: expect.stringMatching(able) }),
    );
  });
});

it('refuses what no engine can do when none is named, and takes it as not asked for when it is false', () => {
  const asking = (bloomFilter: boolean) => () =>
    resolveParquetOptions('out', { columns: { id: { bloomFilter } } });
  expect(asking(true)).toThrow(/no engine can do columns\.bloomFilter/);
  expect(asking(false)).not.toThrow();
});

it('is the table of docs/guides/parquet.md', async () => {
  const guide = await readFile(new URL('../../../../docs/guides/parquet.md', import.meta.url), 'utf8');
  for (const capability of names) {
    const marks = engines.map((engine) => (has({ capability, engine }) ? 'yes' : ''));
    expect(guide).toContain(`| \`${capability}\` | ${marks.join(' | ')} |`);
  }
});

describe('levels of compression', () => {
  const ranged = Object.entries(levels).flatMap(([compression, range]) =>
    range === undefined ? [] : range.map((level) => ({ compression, level })),
  );

  it.each(ranged)('$compression reads back at level $level', async ({ compression, level }) => {
    const { format } = resolveParquetOptions('out', {
      compression: compression as 'zstd', // a key of `levels`
      compressionLevel: level,
    });
    const [read] = await duckRows(await encodeAll(ownFormat, format, schema, batches), '.parquet', contents);
    expect(read).toMatchObject({ rows: 3000n, same: true });
  });

  it('make files smaller where they are higher', async () => {
    const sizeAt = async (compressionLevel: number): Promise<number> => {
      const { format } = resolveParquetOptions('out', {
        compression: 'zstd',
        compressionLevel,
        columns: { id: { encoding: 'plain', dictionary: false } },
      });
      return (await encodeAll(ownFormat, format, schema, batches)).length;
    };
    expect(await sizeAt(19)).toBeLessThan(await sizeAt(1));
  });
});
