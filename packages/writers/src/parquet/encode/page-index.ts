// Owns the page index: where the pages of a column chunk lie, and between which bounds their values are.
import { ByteBuffer } from './byte-buffer.js';
import type { Bounds, Order } from './statistics.js';
import { appendStruct } from './thrift.js';

/** What the index says of one data page. */
export interface IndexedPage {
  readonly rows: number;
  readonly nullCount: number;
  /** Undefined without values, and for values that have no bounds: NaN alone. */
  readonly bounds: Bounds | undefined;
  /** With its header. */
  readonly size: number;
}

const boundaryOrders = { unordered: 0, ascending: 1, descending: 2 } as const;

/** @param offset of the first data page in the file */
export function offsetIndex(pages: readonly IndexedPage[], offset: number): Uint8Array {
  let at = offset;
  let row = 0;
  return structOf((out) => {
    appendStruct(out, (index) => {
      index.structs(1, pages, (page) => {
        index.i64(1, at);
        index.i32(2, page.size);
        index.i64(3, row);
        at += page.size;
        row += page.rows;
      });
    });
  });
}

/** @returns undefined where a page has values but no bounds: the format knows no index that leaves out one page */
export function columnIndex(pages: readonly IndexedPage[], order: Order): Uint8Array | undefined {
  const isEmpty = (page: IndexedPage): boolean => page.nullCount === page.rows;
  if (pages.some((page) => page.bounds === undefined && !isEmpty(page))) return undefined;
  return structOf((out) => {
    appendStruct(out, (index) => {
      index.bools(1, pages.map(isEmpty));
      index.binaries(
        2,
        pages.map(({ bounds }) => bounds?.min ?? nothing),
      );
      index.binaries(
        3,
        pages.map(({ bounds }) => bounds?.max ?? nothing),
      );
      index.i32(4, boundaryOrder(pages, order));
      index.i64s(
        5,
        pages.map(({ nullCount }) => nullCount),
      );
    });
  });
}

const nothing = new Uint8Array(0);

/** Pages of nulls alone do not count. */
function boundaryOrder(pages: readonly IndexedPage[], order: Order): number {
  let ascending = true;
  let descending = true;
  let before: Bounds | undefined;
  for (const { bounds } of pages) {
    if (bounds === undefined) continue;
    if (before !== undefined) {
      const lower = order(before.min, bounds.min);
      const upper = order(before.max, bounds.max);
      ascending &&= lower <= 0 && upper <= 0;
      descending &&= lower >= 0 && upper >= 0;
    }
    before = bounds;
  }
  if (ascending) return boundaryOrders.ascending;
  return descending ? boundaryOrders.descending : boundaryOrders.unordered;
}

function structOf(append: (out: ByteBuffer) => void): Uint8Array {
  const out = new ByteBuffer(256);
  append(out);
  return out.written().slice();
}
