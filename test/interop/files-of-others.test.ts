// Parquet files that others wrote, read by our source and by two readers of others: those of apache/parquet-testing that
// may be kept here (files/NOTICE), those that pyarrow wrote, and with TAILRACE_PARQUET_TESTING (a checkout of that
// repository) all of its good files.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArrow, readParquet } from '@tailrace/adapters/sources';
import { describe, expect, test } from 'vitest';
import {
  columnsOf,
  givenToPyarrow,
  type ReaderName,
  readAll,
  readSideBySide,
} from './support/files-of-others.js';

const files = fileURLToPath(new URL('files', import.meta.url));

/** What we refuse, with the words that say why. All else must be read. */
const refused: Readonly<Record<string, RegExp>> = {
  'int96-far.parquet': /timestamp in row group 0, column 'at' that is before the year 1678 or after 2261/,
  'int96-far-list.parquet':
    /timestamp in row group 0, column 'at' that is before the year 1678 or after 2261/,
  'int96_from_spark.parquet':
    /timestamp in row group 0, column 'a' that is before the year 1678 or after 2261/,
  // A text of 2 GiB, which no string of JavaScript is long enough for.
  'large_string_map.brotli.parquet': /column 'arr' cannot be decoded/,
  // Its dictionary pages lie where its footer does not say; hyparquet refuses it, too.
  'nation.dict-malformed.parquet': /cannot be decoded .*Invalid page header/,
  'encrypt_columns_plaintext_footer.parquet.encrypted': /it is encrypted/,
};
const encrypted = /\.encrypted$/;

/** Who cannot read a file, and what it says of it; who gives other values, and why. */
const strangers: Readonly<Record<string, Partial<Record<ReaderName, RegExp | string>>>> = {
  'byte_stream_split_extended.gzip.parquet': { DuckDB: /BYTE_STREAM_SPLIT encoding is only supported/ },
  'encodings.parquet': { DuckDB: /BYTE_STREAM_SPLIT encoding is only supported/ },
  'datapage_v2_empty_datapage.snappy.parquet': { hyparquet: /invalid snappy length header/ },
  'hadoop_lz4_compressed.parquet': { DuckDB: /Unsupported compression codec "LZ4"/ },
  'hadoop_lz4_compressed_larger.parquet': { DuckDB: /Unsupported compression codec "LZ4"/ },
  'non_hadoop_lz4_compressed.parquet': { DuckDB: /Unsupported compression codec "LZ4"/ },
  'types-lz4.parquet': { hyparquet: /lz4 offset out of range 0/ },
  'map_no_value.parquet': {
    DuckDB: /MAP_KEY_VALUE requires two children/,
    hyparquet: /value is not iterable/,
  },
  'repeated_primitive_no_list.parquet': { hyparquet: 'an empty list is null to it' },
};
/** It makes GeoJSON of the bytes of these. */
const geometry = /^(crs-|geo(graphy|spatial))/;

function readersOf(name: string): { readonly equal: ReaderName[]; readonly unable: [ReaderName, RegExp][] } {
  const equal: ReaderName[] = [];
  const unable: [ReaderName, RegExp][] = [];
  for (const reader of ['DuckDB', 'hyparquet'] as const) {
    const why = reader === 'hyparquet' && geometry.test(name) ? 'other' : strangers[name]?.[reader];
    if (why === undefined) equal.push(reader);
    else if (typeof why !== 'string') unable.push([reader, why]);
  }
  return { equal, unable };
}

/** Nothing is skipped: each file is read and compared, or stands above. */
function checked(folder: string): void {
  const names = readdirSync(folder).filter((name) => /\.parquet(\.encrypted)?$/.test(name));
  test.each(names)('%s', { timeout: 120_000 }, async (name) => {
    const path = join(folder, name);
    const words =
      refused[name] ?? (encrypted.test(name) ? /is encrypted, which is not supported/ : undefined);
    if (words !== undefined) {
      await expect(readAll(readParquet(path))).rejects.toMatchObject({
        code: 'SOURCE_FAILED',
        message: expect.stringMatching(words) as string,
      });
      return;
    }
    const { equal, unable } = readersOf(name);
    const { ours, theirs } = await readSideBySide(path, equal);
    expect(theirs).toEqual(ours);
    for (const [reader, why] of unable) await expect(readSideBySide(path, [reader])).rejects.toThrow(why);
  });
}

describe('files of apache/parquet-testing are read as others read them', () => {
  checked(join(files, 'parquet-testing'));
});
describe('Parquet files of pyarrow are read as others read them', () => {
  checked(join(files, 'pyarrow'));
});

describe('files of pyarrow hold what was given to it', () => {
  const folder = join(files, 'pyarrow');
  const given = join(folder, 'types.json');
  const names = readdirSync(folder).filter((name) => name.startsWith('types-'));
  /** Other readers of Parquet have no decimals of 76 digits, so that none were written. */
  const onlyArrow = 'decimal76';
  test.each(names)('%s', async (name) => {
    const path = join(folder, name);
    const forms = { timestamps: 'bigint' } as const;
    const isParquet = name.endsWith('.parquet');
    const table = await readAll(isParquet ? readParquet(path, forms) : readArrow(path, forms));
    const { [onlyArrow]: wide, ...others } = await givenToPyarrow(given, table.fields);
    expect(columnsOf(table)).toEqual(isParquet ? others : { ...others, [onlyArrow]: wide });
  });
});

test('a file that Arrow 0.17 has compressed, which tells nothing of it where later ones do, is refused', async () => {
  const path = join(files, 'pyarrow/v0.17.0.version.2-compression.lz4.feather');
  await expect(readAll(readArrow(path))).rejects.toMatchObject({
    code: 'SOURCE_FAILED',
    message: expect.stringContaining('compressed in the way of Arrow 0.17') as string,
  });
});

const whole = process.env.TAILRACE_PARQUET_TESTING;
describe.runIf(whole !== undefined)(
  'all good files of apache/parquet-testing are read as others read them',
  () => {
    if (whole === undefined) return;
    checked(join(whole, 'data'));
    checked(join(whole, 'data/geospatial'));
    checked(join(whole, 'data/aes256'));
  },
);
