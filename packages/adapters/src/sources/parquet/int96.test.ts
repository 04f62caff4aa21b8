// Timestamps in INT96: what 64-bit nanoseconds hold is read, and what decoders would wrap around is refused.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parseFooter, trailerBytes } from './footer.js';
import { holdsInNanoseconds } from './int96.js';
import { readArrowBatches } from './parquet-wasm.js';
import { readParquet } from './read-parquet.js';

// Written by pyarrow 26: the first and the last microsecond that 64 bits of nanoseconds hold among others.
const near = `
UEFSMRUEFWAVXEwVCBUAEgAAMAAADQGcjD0lABj8TpGUTgAAiz0lANj8TuLiTQAAi94mACgDAK+xAAAAjJwjABUAFRQVGCwVChUQFQYV
BhwAAAAKJAIAAAADGwID5AAVBBksNQAYBnNjaGVtYRUCABUGJQIYAmF0ABYKGRwZHCYAHBUGGTUABhAZGAJhdBUCFgoWtgEWtgEmgAEm
CCksFQQVABUCABUAFRAVAgA8KQYZJgIIAAAAFrYBFgomCBa2AQAZHBgMQVJST1c6c2NoZW1hGKwBLy8vLy8zZ0FBQUFRQUFBQUFBQUtB
QXdBQmdBRkFBZ0FDZ0FBQUFBQkJBQU1BQUFBQ0FBSUFBQUFCQUFJQUFBQUJBQUFBQUVBQUFBVUFBQUFFQUFVQUFnQUJnQUhBQXdBQUFB
UUFCQUFBQUFBQUFFS0VBQUFBQndBQUFBRUFBQUFBQUFBQUFJQUFBQmhkQUFBQUFBR0FBZ0FCZ0FHQUFBQUFBQUNBQUFBQUFBPQAYIHBh
cnF1ZXQtY3BwLWFycm93IHZlcnNpb24gMjYuMC4xGRwcAAAASwEAAFBBUjE=`;
// Lists, of which the last has a point in time in the year 9999.
const farList = `
UEFSMRUEFTAVLEwVBBUAEgAAGAAADQE8jD0lAADgKZLSCQAALP5RABUAFSAVJCwVChUQFQYVBhwAAAAQPAIAAAADAgMAAAADGwMBAwIV
BBlMNQAYBnNjaGVtYRUCADUCGAJhdBUCFQZMPAAAADUEGARsaXN0FQIAFQYlAhgHZWxlbWVudAAWCBkcGRwmABwVBhk1AAYQGTgCYXQE
bGlzdAdlbGVtZW50FQIWChaSARaSASZQJggpLBUEFQAVAgAVABUQFQIAPCkmCAIZRgICAgQAAAAWkgEWCCYIFpIBABkcGAxBUlJPVzpz
Y2hlbWEY4AEvLy8vLzZBQUFBQVFBQUFBQUFBS0FBd0FCZ0FGQUFnQUNnQUFBQUFCQkFBTUFBQUFDQUFJQUFBQUJBQUlBQUFBQkFBQUFB
RUFBQUFFQUFBQTFQLy8vd0FBQVF3VUFBQUFIQUFBQUFRQUFBQUJBQUFBSkFBQUFBSUFBQUJoZEFBQUJBQUVBQVFBQUFBUUFCUUFDQUFH
QUFjQURBQUFBQkFBRUFBQUFBQUFBUW9RQUFBQUhBQUFBQVFBQUFBQUFBQUFCQUFBQUdsMFpXMEFBQVlBQ0FBR0FBWUFBQUFBQUFJQQAY
IHBhcnF1ZXQtY3BwLWFycm93IHZlcnNpb24gMjYuMC4xGRwcAAAArgEAAFBBUjE=`;

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tailrace-int96-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

async function readBase64(file: string): Promise<unknown[]> {
  const path = join(dir, 'x.parquet');
  writeFileSync(path, Buffer.from(file, 'base64'));
  const rows: unknown[] = [];
  for await (const chunk of readParquet(path, { timestamps: 'bigint' }).open(new AbortController().signal))
    rows.push(...chunk);
  return rows;
}

it('reads timestamps in INT96 to the ends of what nanoseconds hold', async () => {
  expect(await readBase64(near)).toEqual(
    [0n, -1000n, null, 9_223_372_036_854_775_000n, -9_223_372_036_854_775_000n].map((at) => ({ at })),
  );
});

it('refuses timestamps in INT96 beyond that, which the decoder makes other ones of', async () => {
  await expect(readBase64(farList)).rejects.toMatchObject({
    code: 'SOURCE_FAILED',
    message: expect.stringContaining("row group 0, column 'at' that is before the year 1678 or after 2261"),
  });
});

it('takes timestamps in INT96 that have nothing to be held against for wrong, and only those in INT96', () => {
  const bytes = Buffer.from(near, 'base64');
  const end = bytes.length - trailerBytes;
  const footer = parseFooter(bytes.subarray(end - bytes.readUInt32LE(end), end));
  const [column] = footer.columns;
  const [chunk] = footer.rowGroups[0]?.chunks ?? [];
  if (column === undefined || chunk === undefined) throw new Error('the file has one column');
  const part = { column, chunks: [bytes.subarray(chunk.offset, chunk.offset + chunk.bytes)] };
  const decoded = readArrowBatches(footer.image(0, [part]), 100).flatMap(({ data }) => data.children);
  const more = [...decoded, ...decoded];
  expect(holdsInNanoseconds(part, decoded, footer, 0, 100)).toBe(true);
  expect(holdsInNanoseconds(part, more, footer, 0, 100)).toBe(false);
  const int64 = 2;
  const others = { ...footer, rowGroups: [{ rows: 5, chunks: [{ ...chunk, physical: int64 }] }] };
  expect(holdsInNanoseconds(part, more, others, 0, 100)).toBe(true);
});
