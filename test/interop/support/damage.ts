// Owns destroying parts of a file: who reads them all the same cannot miss it.
import type { Chunk, FileLayout } from './layout/file-layout.js';

/** Bytes that are no page header, no level and no value. */
const rubbish = 0xff;

/** A copy of the file in which the row groups that are named hold nothing but rubbish. */
export function withoutRowGroups(file: Buffer, layout: FileLayout, damaged: ReadonlySet<number>): Buffer {
  const copy = Buffer.from(file);
  for (const [at, { chunks }] of layout.rowGroups.entries()) {
    if (!damaged.has(at)) continue;
    for (const chunk of chunks) spoil(copy, chunk, () => true);
  }
  return copy;
}

/**
 * A copy in which data pages hold rubbish, those that have none of the rows needed.
 * @param isNeeded whether any row is needed from the first to before the second, numbered through the whole file
 */
export function withoutPages(
  file: Buffer,
  layout: FileLayout,
  isNeeded: (from: number, to: number) => boolean,
): { copy: Buffer; pages: number } {
  const copy = Buffer.from(file);
  let pages = 0;
  let start = 0;
  for (const { rows, chunks } of layout.rowGroups) {
    for (const chunk of chunks) {
      let row = start;
      spoil(copy, chunk, ({ kind, values }) => {
        if (kind === 'dictionary') return false;
        const isLost = !isNeeded(row, row + values);
        row += values;
        if (isLost) pages += 1;
        return isLost;
      });
    }
    start += rows;
  }
  return { copy, pages };
}

function spoil(copy: Buffer, { pages }: Chunk, isLost: (page: Chunk['pages'][number]) => boolean): void {
  for (const page of pages) {
    if (isLost(page)) copy.fill(rubbish, page.offset, page.offset + page.headerBytes + page.compressedBytes);
  }
}
