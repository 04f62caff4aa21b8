import { createHash } from 'node:crypto';
import type { ByteSink, DataType, Encoder } from '@tailrace/core/sink';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import csvFormat from '../csv/module.js';
import { resolveCsvOptions } from '../csv/options.js';
import ndjsonFormat from '../ndjson/module.js';
import { resolveNdjsonOptions } from '../ndjson/options.js';
import { type TestColumn, testBatch, testSchema } from '../testing/batches.js';
import { encodeAll, memorySink, openEncoder } from '../testing/encode.js';
import { blockBytes, leastBlockBytes } from './text-block.js';

const utf8: DataType = { kind: 'utf8' };
const dictionary: DataType = { kind: 'dictionary' };
const int32: DataType = { kind: 'int32' };

async function ndjson(...batches: readonly (readonly TestColumn[])[]): Promise<unknown[]> {
  const schema = testSchema(batches[0] ?? []);
  const bytes = await encodeAll(
    ndjsonFormat,
    resolveNdjsonOptions('out', {}),
    schema,
    batches.map((columns) => testBatch(columns, schema)),
  );
  const lines = Buffer.from(bytes).toString().split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => JSON.parse(line));
}

/** Two blocks, one whole one, a small one, the smallest. */
const shares: readonly number[] = [32 * 2 ** 20, 272 * 1024, 50_000, 1];

const openCsv = (columns: readonly TestColumn[], out: ByteSink, share: number): Promise<Encoder> =>
  openEncoder(
    csvFormat,
    resolveCsvOptions('out', {}),
    testSchema(columns),
    out,
    new AbortController().signal,
    share,
  );

describe('text encoder', () => {
  it('writes strings of any length beside short ones, none lost where blocks end', async () => {
    const lengths = fc.array(
      fc.oneof(
        { weight: 20, arbitrary: fc.nat(50) },
        { weight: 2, arbitrary: fc.nat(20_000) },
        { weight: 1, arbitrary: fc.nat(400_000) },
      ),
      { minLength: 1, maxLength: 200, size: 'max' },
    );
    await fc.assert(
      fc.asyncProperty(lengths, fc.constantFrom('x', '"', '\u0001', 'ä', '🚀'), async (sizes, letter) => {
        const s = sizes.map((size, row) => `${row}${letter.repeat(Math.floor(size / letter.length))}`);
        const n = sizes.map((_, row) => row);
        const rows = await ndjson([
          { name: 'n', type: int32, values: n },
          { name: 's', type: utf8, values: s },
          { name: 'd', type: dictionary, values: s },
        ]);
        expect(rows).toEqual(n.map((row) => ({ n: row, s: s[row], d: s[row] })));
      }),
      { numRuns: 20 },
    );
  }, 60_000);

  it('writes a string of many blocks that all has to be escaped', async () => {
    const long = '\u0001'.repeat(3 * blockBytes);
    expect(await ndjson([{ name: 's', type: utf8, values: ['a', long, 'b'] }])).toEqual([
      { s: 'a' },
      { s: long },
      { s: 'b' },
    ]);
  });

  it('writes dictionaries with more entries than rows, and with entries of nulls only', async () => {
    const many = Array.from({ length: 40 }, (_, index) => `entry "${index}"`);
    const full = testBatch([{ name: 'd', type: dictionary, values: many }]);
    const column = full.data.columns[0];
    if (column === undefined) throw new Error('no column');
    // Three rows of a dictionary that is kept as a whole.
    const few = { ...full.data, rows: 3, columns: [{ ...column, values: Int32Array.of(39, 0, 7) }] };
    const bytes = await encodeAll(ndjsonFormat, resolveNdjsonOptions('out', {}), full.schema, [
      { ...full, rows: 3, data: few },
    ]);
    expect(
      Buffer.from(bytes)
        .toString()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).d),
    ).toEqual([many[39], many[0], many[7]]);
    const nulls = { name: 'd', type: dictionary, values: [null, null] };
    expect(await ndjson([nulls])).toEqual([{ d: null }, { d: null }]);
  });

  it('hands on whole blocks, the rest at the end, and each before the next is written', async () => {
    const rows = 40_000;
    const columns: TestColumn[] = [
      { name: 's', type: utf8, values: Array.from({ length: rows }, (_, row) => `value ${row}`.padEnd(30)) },
    ];
    const sizes: number[] = [];
    let writing = 0;
    const inner = memorySink();
    const out: ByteSink = {
      get bytesWritten() {
        return inner.bytesWritten;
      },
      async write(bytes) {
        expect(++writing).toBe(1);
        sizes.push(bytes.length);
        await new Promise(setImmediate);
        await inner.write(bytes);
        writing--;
      },
    };
    const encoder = await openEncoder(csvFormat, resolveCsvOptions('out', {}), testSchema(columns), out);
    await encoder.write(testBatch(columns));
    expect(encoder.encodedBytes).toBeGreaterThan(rows * 30);
    await encoder.finish();
    expect(sizes.slice(0, -1)).toEqual(Array(Math.floor((rows * 31 + 2) / blockBytes)).fill(blockBytes));
    expect(sizes.at(-1)).toBe((rows * 31 + 2) % blockBytes);
    expect(Buffer.from(inner.contents()).toString()).toBe(`s\n${columns[0]?.values.join('\n')}\n`);
  });

  it.each(shares)(
    'fills a block again only after the sink has taken it, also when files take turns: %d bytes',
    async (share) => {
      const file = async (letter: string): Promise<string> => {
        const columns: TestColumn[] = [
          { name: 's', type: utf8, values: Array.from({ length: 30_000 }, () => letter.repeat(40)) },
        ];
        const inner = memorySink();
        const out: ByteSink = {
          bytesWritten: 0,
          write: async (bytes) => {
            await new Promise(setImmediate);
            await inner.write(bytes);
          },
        };
        const encoder = await openCsv(columns, out, share);
        for (let round = 0; round < 3; round++) await encoder.write(testBatch(columns));
        await encoder.finish();
        return Buffer.from(inner.contents()).toString();
      };
      const texts = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(file));
      expect(texts.map((text) => [...new Set(text.slice(2).replaceAll('\n', ''))].join())).toEqual([
        'a',
        'b',
        'c',
        'd',
        'e',
        'f',
      ]);
    },
  );

  it.each(shares)('holds back no more than its share, in text and in memory: %d bytes', async (share) => {
    const most = Math.max(share, leastBlockBytes);
    const columns: TestColumn[] = [
      {
        name: 's',
        type: utf8,
        values: Array.from({ length: 20_000 }, (_, row) => `value ${row}`.padEnd(50)),
      },
    ];
    const inner = memorySink();
    const blocks = new Set<ArrayBufferLike>();
    let encoder: Encoder | undefined;
    const out: ByteSink = {
      bytesWritten: 0,
      async write(bytes) {
        blocks.add(bytes.buffer);
        expect((encoder?.encodedBytes ?? 0) - inner.bytesWritten).toBeLessThanOrEqual(most);
        await new Promise(setImmediate);
        await inner.write(bytes);
      },
    };
    encoder = await openCsv(columns, out, share);
    await encoder.write(testBatch(columns));
    expect(encoder.encodedBytes - inner.bytesWritten).toBeLessThanOrEqual(most);
    await encoder.finish();
    expect([...blocks].reduce((sum, { byteLength }) => sum + byteLength, 0)).toBeLessThanOrEqual(most);
    expect(Buffer.from(inner.contents()).toString()).toBe(`s\n${columns[0]?.values.join('\n')}\n`);
  });

  it.each(['gzip', 'brotli', 'zstd'] as const)(
    'counts text that %s has not given yet',
    async (compression) => {
      const noise = createHash('shake256', { outputLength: 1_500_000 }).update('noise').digest('base64');
      const values = Array.from({ length: 20_000 }, (_, row) => noise.slice(row * 100, row * 100 + 99));
      const columns: TestColumn[] = [{ name: 's', type: utf8, values }];
      const options = resolveCsvOptions('out', { compression, level: 1 });
      for (const share of [2 ** 20, 2 ** 25]) {
        const encoder = await openEncoder(
          csvFormat,
          options,
          testSchema(columns),
          memorySink(),
          undefined,
          share,
        );
        for (let row = 0; row < values.length; row += 1_000) {
          await encoder.write(testBatch([{ name: 's', type: utf8, values: values.slice(row, row + 1_000) }]));
          // Base64 holds six bits in a byte.
          const least = (row + 1_000) * 100 * 0.75;
          expect(encoder.encodedBytes).toBeGreaterThan(least * 0.6);
          expect(encoder.encodedBytes).toBeLessThan(least * 1.5);
        }
        await encoder.finish();
      }
    },
  );

  it('gives up the memory that a long row took once the row has gone, and writes all of it', async () => {
    const values = ['a', 'x'.repeat(100_000), ...Array.from({ length: 5000 }, () => 'y'.repeat(50))];
    const columns: TestColumn[] = [{ name: 's', type: utf8, values }];
    const inner = memorySink();
    const sizes: number[] = [];
    const out: ByteSink = {
      bytesWritten: 0,
      write(bytes) {
        sizes.push(bytes.buffer.byteLength);
        return inner.write(bytes);
      },
    };
    const encoder = await openCsv(columns, out, 50_000);
    await encoder.write(testBatch(columns));
    await encoder.finish();
    expect(Math.max(...sizes)).toBeGreaterThan(100_000);
    expect(sizes.at(-1)).toBe(50_000);
    expect(Buffer.from(inner.contents()).toString()).toBe(`s\n${values.join('\n')}\n`);
  });

  it.each(shares)(
    'throws the error of a sink that fails, and leaves nothing unhandled: %d bytes',
    async (share) => {
      const columns: TestColumn[] = [
        { name: 's', type: utf8, values: Array.from({ length: 60_000 }, () => 'x'.repeat(40)) },
      ];
      const full = new Error('ENOSPC: no space left on device');
      const encoder = await openCsv(columns, { bytesWritten: 0, write: () => Promise.reject(full) }, share);
      await expect(encoder.write(testBatch(columns))).rejects.toBe(full);
      await encoder.abort();
    },
  );
});
