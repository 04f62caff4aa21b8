// Owns the dictionary of one column of an Arrow file: it may grow from batch to batch, but no entry may change its code.
import { type ColumnData, TailraceError } from '@tailrace/core/sink';
import * as arrow from 'apache-arrow';
import { withoutDictionary } from './null-codes.js';

export interface GrowingDictionary {
  /** The column with codes of this dictionary. Entries that were not there become a chunk of it. */
  add(column: ColumnData): ColumnData;
  /** The entries so far, one chunk for each batch that brought some. */
  readonly chunks: readonly arrow.Data<arrow.Utf8>[];
  /** Bytes that are held. */
  readonly bytes: number;
}

/** What an entry takes beside its text, in the chunk and in the table of codes; a guess. */
const bytesPerEntry = 64;

export function growingDictionary(name: string): GrowingDictionary {
  const codes = new Map<string, number>();
  const chunks: arrow.Data<arrow.Utf8>[] = [];
  let bytes = 0;
  return {
    chunks,
    get bytes() {
      return bytes;
    },
    add(column) {
      const { dictionary, nullCount, validity } = column;
      if (dictionary === null) throw withoutDictionary();
      const { offsets, values } = dictionary;
      const text = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
      const added: Buffer[] = [];
      const mapped = new Int32Array(dictionary.length).fill(-1);
      const codeOf = (entry: number): number => {
        const part = text.subarray(offsets[entry], offsets[entry + 1]);
        // latin1 keeps every byte apart and is the cheapest key; the text itself is not needed.
        const key = part.toString('latin1');
        const before = codes.get(key);
        if (before !== undefined) return before;
        const code = codes.size;
        codes.set(key, code);
        added.push(Buffer.from(part));
        bytes += 2 * part.length + bytesPerEntry;
        return code;
      };
      const old = column.values as Int32Array; // the buffer of every dictionary column
      const made = new Int32Array(old.length);
      for (let row = 0; row < old.length; row++) {
        // The code under a null may be anything; 0 stays in its place. One bit per row: in range.
        if (nullCount > 0 && validity !== null && (((validity[row >> 3] as number) >> (row & 7)) & 1) === 0) {
          continue;
        }
        const entry = old[row] as number; // as many as rows
        const known = mapped[entry];
        if (known === undefined) throw beyond(name, entry, dictionary.length);
        const code = known === -1 ? codeOf(entry) : known;
        mapped[entry] = code;
        made[row] = code;
      }
      // The first chunk is written whatever it holds: a column of nulls has a dictionary, too.
      if (added.length > 0 || chunks.length === 0) chunks.push(chunkOf(added));
      return { ...column, values: made };
    },
  };
}

function chunkOf(entries: readonly Buffer[]): arrow.Data<arrow.Utf8> {
  const valueOffsets = new Int32Array(entries.length + 1);
  entries.forEach((entry, at) => {
    valueOffsets[at + 1] = (valueOffsets[at] as number) + entry.length; // in range
  });
  const data = new Uint8Array(Buffer.concat(entries));
  return arrow.makeData({ type: new arrow.Utf8(), length: entries.length, nullCount: 0, valueOffsets, data });
}

function beyond(column: string, code: number, length: number): TailraceError {
  return new TailraceError(
    `Column "${column}" has code ${code} in a dictionary of ${length} entries; whoever made the batch must fix it.`,
    { code: 'SCHEMA_INVALID', operation: 'encode arrow', context: { column, code } },
  );
}
