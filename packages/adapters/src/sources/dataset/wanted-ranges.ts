// Owns which bytes of a file are fetched to read it: of Parquet the footer, then the columns and row groups that are wanted; of the
// others all.
import { open } from 'node:fs/promises';
import type { Field } from '@tailrace/core';
import { trailerBytes } from '../parquet/footer.js';
import { readFooter } from '../parquet/parquet-file.js';
import { type DatasetFormat, keepsGroup } from './file-readers.js';
import type { AnyPredicate } from './predicate.js';

export interface WantedPart {
  readonly format: DatasetFormat;
  readonly fields: readonly Field[] | undefined;
  readonly where: AnyPredicate | undefined;
}

export interface FileRange {
  readonly start: number;
  readonly bytes: number;
}

/** Most footers are smaller. */
const tailBytes = 64 * 1_024;
/** A gap that is fetched with what is around it: a request costs more. */
const gapBytes = 256 * 1_024;

/**
 * @param path of the sparse file
 * @param fetch puts a range of the file into it
 */
export async function wantedRanges(
  path: string,
  size: number,
  { format, fields, where }: WantedPart,
  fetch: (start: number, bytes: number) => Promise<void>,
): Promise<readonly FileRange[]> {
  const all = [{ start: 0, bytes: size }];
  if (format !== 'parquet' || size <= tailBytes) return all;
  await fetch(size - tailBytes, tailBytes);
  const length = await footerBytes(path, size);
  if (length + trailerBytes > size) return all;
  if (length + trailerBytes > tailBytes) {
    const start = size - length - trailerBytes;
    await fetch(start, size - tailBytes - start);
  }
  const footer = readFooter(path);
  const names = new Set(fields?.map(({ name }) => name) ?? footer.columns.map(({ name }) => name));
  const leaves = footer.columns.filter(({ name }) => names.has(name)).flatMap((column) => column.leaves);
  const chunks = footer.rowGroups.flatMap((group, at) =>
    keepsGroup(fields, where)(footer, at) ? leaves.flatMap((leaf) => group.chunks[leaf] ?? []) : [],
  );
  // What a damaged footer says is judged by the reader.
  const isWithin = ({ offset, bytes }: { readonly offset: number; readonly bytes: number }): boolean =>
    offset >= 0 && bytes >= 0 && offset + bytes <= size;
  return joined(chunks.filter(isWithin).map(({ offset, bytes }) => ({ start: offset, bytes })));
}

/** Ranges in order, those that are near each other as one. */
export function joined(ranges: readonly FileRange[]): readonly FileRange[] {
  const result: { start: number; bytes: number }[] = [];
  for (const { start, bytes } of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last !== undefined && start <= last.start + last.bytes + gapBytes) {
      last.bytes = Math.max(last.bytes, start + bytes - last.start);
    } else result.push({ start, bytes });
  }
  return result;
}

async function footerBytes(path: string, size: number): Promise<number> {
  const handle = await open(path, 'r');
  try {
    const trailer = Buffer.alloc(trailerBytes);
    await handle.read(trailer, 0, trailerBytes, size - trailerBytes);
    return trailer.readUInt32LE(0);
  } finally {
    await handle.close();
  }
}
