// Owns the estimate of how large the file is so far. It depends on what was fed and put out only, never on timing, so that
// a rerun rolls parts at the same rows.
import type { BatchData } from '@tailrace/core/sink';
import { rawBytesOf } from '../raw-bytes.js';

/** Taken for the first row group, before anything is known. */
const firstRatio = 0.5;

export interface SizeEstimate {
  /** Tells that a batch was encoded and how many bytes of the file have come out since its beginning. */
  fed(data: BatchData, writtenBytes: number): void;
  /** @param waitingBytes raw bytes that were not fed yet */
  encodedBytes(waitingBytes: number): number;
  /** Row groups that have come out, at least. */
  readonly rowGroups: number;
}

export function sizeEstimate(rowGroupRows: number): SizeEstimate {
  let rows = 0;
  let rawBytes = 0;
  /** Raw bytes of the row group that is still in the engine. */
  let openBytes = 0;
  let written = 0;
  let rowGroups = 0;
  return {
    fed(data, writtenBytes) {
      const raw = rawBytesOf(data);
      rows += data.rows;
      rawBytes += raw;
      if (writtenBytes > written) {
        const openRows = Math.min(rows % rowGroupRows, data.rows);
        openBytes = data.rows === 0 ? 0 : (raw * openRows) / data.rows;
        written = writtenBytes;
        rowGroups += 1;
      } else {
        openBytes += raw;
      }
    },
    encodedBytes(waitingBytes) {
      const closedBytes = rawBytes - openBytes;
      const ratio = closedBytes > 0 ? written / closedBytes : firstRatio;
      return Math.round(written + (openBytes + waitingBytes) * ratio);
    },
    get rowGroups() {
      return rowGroups;
    },
  };
}
