// Owns which bytes of a Parquet file are fetched to read it: the footer, then the columns and row groups that are wanted.
import type { Fetch, FileRange } from '../remote/brought.js';
import { bytesAt } from '../remote/scratch-file.js';
import { type ParquetFooter, trailerBytes } from './footer.js';
import { readFooter } from './parquet-file.js';

/** Says whether a row group has to be read, by what the footer tells of it. */
export type KeepGroup = (footer: ParquetFooter, rowGroup: number) => boolean;

export interface WantedOfParquet {
  /** Names of columns. Default: all. */
  readonly columns: readonly string[] | undefined;
  /** Default: every one. */
  readonly keepGroup?: KeepGroup | undefined;
}

const magic = 'PAR1';
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
  { columns, keepGroup = () => true }: WantedOfParquet,
  fetch: Fetch,
): Promise<readonly FileRange[]> {
  const all = [{ start: 0, bytes: size }];
  if (size <= tailBytes) return all;
  await fetch(size - tailBytes, tailBytes);
  const trailer = await bytesAt(path, size - trailerBytes, trailerBytes);
  const length = trailer.readUInt32LE(0);
  // Whoever reads it says what is wrong, by its end.
  if (trailer.toString('latin1', 4) !== magic || length + trailerBytes > size) return [];
  if (length + trailerBytes > tailBytes) {
    const start = size - length - trailerBytes;
    await fetch(start, size - tailBytes - start);
  }
  const footer = readFooter(path);
  const names = new Set(columns ?? footer.columns.map(({ name }) => name));
  const leaves = footer.columns.filter(({ name }) => names.has(name)).flatMap((column) => column.leaves);
  const chunks = footer.rowGroups.flatMap((group, at) =>
    keepGroup(footer, at) ? leaves.flatMap((leaf) => group.chunks[leaf] ?? []) : [],
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
