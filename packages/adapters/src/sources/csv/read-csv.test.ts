import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { defineSchema, dictionary, float64, int32, nullable, type Source, utf8 } from '@tailrace/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCsv } from './read-csv.js';

const airports = join(
  dirname(createRequire(import.meta.url).resolve('vega-datasets')),
  '../data/airports.csv',
);
const never = new AbortController().signal;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tailrace-csv-'));
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

describe('readCsv', () => {
  it('reads airports.csv, where NA is text', async () => {
    const schema = defineSchema({
      iata: utf8(),
      state: dictionary(),
      country: dictionary(),
      latitude: float64(),
      longitude: float64(),
    });
    const rows = await readAll(readCsv(airports, { schema }));
    expect(rows).toHaveLength(3_376);
    expect(rows[0]).toEqual({
      iata: '00M',
      state: 'MS',
      country: 'USA',
      latitude: 31.95376472,
      longitude: -89.23450472,
    });
    expect(rows.filter((row) => row.state === 'NA').length).toBeGreaterThan(0);
  });

  it('gives strings by the header line without a schema, at every opening', async () => {
    const source = readCsv(file('plain.csv', '\ufeffa,b\n1,NA\n,x\n'));
    for (let time = 0; time < 2; time += 1) {
      expect(await readAll(source)).toEqual([
        { a: '1', b: 'NA' },
        { a: '', b: 'x' },
      ]);
    }
  });

  it('takes column names, a delimiter and a text for null', async () => {
    const path = file('options.csv', '1;NA\n2;"NA"\n');
    const rows = await readAll(readCsv(path, { header: ['id', 'name'], delimiter: ';', nullText: 'NA' }));
    expect(rows).toEqual([
      { id: '1', name: null },
      { id: '2', name: 'NA' },
    ]);
  });

  it('takes the empty text as null in nullable columns only', async () => {
    const path = file('nulls.csv', 'n,s,t\n,,\n"",,x\n');
    const schema = defineSchema({ s: utf8(), t: nullable(utf8()) });
    expect(await readAll(readCsv(path, { schema }))).toEqual([
      { s: '', t: null },
      { s: '', t: 'x' },
    ]);
    await expect(readAll(readCsv(path, { schema: defineSchema({ n: int32() }) }))).rejects.toMatchObject({
      code: 'VALUE_INVALID',
      context: { line: 2, column: 'n' },
    });
  });

  it('reads gzipped files by their name', async () => {
    const text = `a\n${Array.from({ length: 10_000 }, (_, index) => `row-${index}`).join('\n')}\n`;
    const rows = await readAll(readCsv(file('zipped.csv.gz', gzipSync(text))));
    expect(rows).toHaveLength(10_000);
    expect(rows.at(-1)).toEqual({ a: 'row-9999' });
  });

  it('decodes characters that lie across the borders of what is read at once', async () => {
    const cell = '日本語é'.repeat(30_000);
    const rows = await readAll(readCsv(file('borders.csv', `a,b\nx${cell},${cell}\n`)));
    expect(rows).toEqual([{ a: `x${cell}`, b: cell }]);
  });

  it('hands rows over in chunks of the size asked for', async () => {
    const path = file('chunks.csv', `a\n${'1\n'.repeat(2_500)}`);
    const sizes: number[] = [];
    for await (const chunk of readCsv(path, { chunkRows: 1_000 }).open(never)) sizes.push(chunk.length);
    expect(sizes).toEqual([1_000, 1_000, 500]);
  });

  it('names line and column of a value that does not fit', async () => {
    const path = file('bad.csv', 'id,x\n1,1.5\n2,"a\nb"\n');
    const failure = await readAll(readCsv(path, { schema: defineSchema({ x: float64() }) })).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: 'VALUE_INVALID', context: { path, line: 3, column: 'x' } });
    expect(String(failure)).toContain('line 3, column \'x\': "a\\nb" is not a number');
  });

  it('names the line of a record with too few or too many fields', async () => {
    const path = file('ragged.csv', 'a,b\n1,2\n3\n');
    await expect(readAll(readCsv(path))).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      context: { line: 3 },
      message: expect.stringContaining('has 1 fields on line 3, but 2 columns'),
    });
  });

  it('says which declared columns are not there, and which columns are there twice', async () => {
    const path = file('columns.csv', 'a,b\n1,2\n');
    await expect(readAll(readCsv(path, { schema: defineSchema({ c: utf8() }) }))).rejects.toMatchObject({
      code: 'SCHEMA_INVALID',
      message: expect.stringContaining("has no column 'c'; its columns are 'a', 'b'"),
    });
    await expect(readAll(readCsv(file('twice.csv', 'a,a\n1,2\n')))).rejects.toThrow(/two columns named 'a'/);
  });

  it('says what is wrong with files that are missing, empty, cut or not UTF-8', async () => {
    const cut = gzipSync('a\n1\n').subarray(0, 15);
    const cases: [string, RegExp][] = [
      [join(folder, 'missing.csv'), /There is no such file/],
      [file('empty.csv', ''), /is empty: it has no header line/],
      [file('cut.csv.gz', cut), /read gzipped file.*unexpected end of file/],
      [file('not-gzip.csv.gz', 'a\n1\n'), /incorrect header check/],
      [file('latin1.csv', Buffer.from('a\nM\xfcnchen\n', 'latin1')), /is not UTF-8 text/],
    ];
    for (const [path, message] of cases) {
      const failure = await readAll(readCsv(path)).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'SOURCE_FAILED', message: expect.stringMatching(message) });
    }
  });

  it('stops with the abort reason', async () => {
    const path = file('long.csv', `a\n${'x\n'.repeat(100_000)}`);
    for (const target of [path, file('long.csv.gz', gzipSync(`a\n${'x\n'.repeat(100_000)}`))]) {
      const controller = new AbortController();
      const chunks: number[] = [];
      const reading = (async () => {
        for await (const chunk of readCsv(target, { chunkRows: 10 }).open(controller.signal)) {
          chunks.push(chunk.length);
          controller.abort(new Error('enough'));
        }
      })();
      await expect(reading).rejects.toThrow('enough');
      expect(chunks).toEqual([10]);
    }
  });

  it('refuses options that make no sense', () => {
    expect(() => readCsv('x', { delimiter: ', ' })).toThrowError(/must be one character/);
    expect(() => readCsv('x', { maxRecordLength: 0 })).toThrowError(
      /maxRecordLength .* positive whole number/,
    );
  });
});
