// Owns the independent count of rows: keeps the end of a Parquet file and reads num_rows from its footer.
import { TailraceError } from '@tailrace/core/sink';

/** Holds the last bytes of what passes by. */
export interface TailKeeper {
  push(bytes: Uint8Array): void;
  /** The last bytes: at least as many as asked for, when there were as many. */
  bytes(): Uint8Array;
}

/** @param limit how many of the last bytes are wanted at the time of each `push` */
export function tailKeeper(limit: () => number): TailKeeper {
  let pieces: Uint8Array[] = [];
  let held = 0;
  return {
    push(bytes) {
      const keep = limit();
      if (bytes.length >= keep) {
        pieces = [bytes.slice(bytes.length - keep)];
        held = keep;
        return;
      }
      pieces.push(bytes);
      held += bytes.length;
      for (let first = pieces[0]; first !== undefined && held - first.length >= keep; first = pieces[0]) {
        held -= first.length;
        pieces.shift();
      }
    },
    bytes() {
      const joined = new Uint8Array(held);
      let at = 0;
      for (const piece of pieces) {
        joined.set(piece, at);
        at += piece.length;
      }
      return joined;
    },
  };
}

const trailerBytes = 8;
const magic = 'PAR1';

/**
 * The num_rows of a Parquet file, from its last bytes: a footer (FileMetaData in Thrift's compact protocol), its length in
 * four bytes, `PAR1`. Sources: parquet.thrift of apache/parquet-format; thrift-compact-protocol.md of apache/thrift.
 * @throws TailraceError ENCODE_MISMATCH when the bytes are no such footer, or only a part of it
 */
export function footerRows(tail: Uint8Array): number {
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  const end = tail.length - trailerBytes;
  if (end < 0 || String.fromCharCode(...tail.subarray(tail.length - 4)) !== magic) {
    throw mismatch('The Parquet file that was written does not end with a footer');
  }
  const start = end - view.getUint32(end, true);
  if (start < 0) throw mismatch('The footer of the Parquet file is longer than what was kept of it');
  const reader = compactReader(tail.subarray(start, end));
  let field = 0;
  for (;;) {
    const header = reader.byte();
    const type = header & 15;
    if (type === 0) throw mismatch('The footer of the Parquet file has no num_rows');
    field = header >> 4 === 0 ? reader.zigzag() : field + (header >> 4);
    if (field === 3) return reader.zigzag();
    reader.skip(type);
  }
}

interface CompactReader {
  byte(): number;
  zigzag(): number;
  skip(type: number): void;
}

function compactReader(bytes: Uint8Array): CompactReader {
  let at = 0;
  const byte = (): number => {
    const value = bytes[at++];
    if (value === undefined) throw mismatch('The footer of the Parquet file ends too early');
    return value;
  };
  /** Exact up to 2^53; row counts and lengths are far below. */
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const next = byte();
      value += (next & 127) * factor;
      if (next < 128) return value;
    }
  };
  const zigzag = (): number => {
    const value = varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  };
  const skipElements = (count: number, type: number): void => {
    // Inside lists and sets a boolean takes a byte; as a field its value is the type itself.
    for (let i = 0; i < count; i++) {
      if (type === 1 || type === 2) at += 1;
      else skip(type);
    }
  };
  const skip = (type: number): void => {
    switch (type) {
      case 1: // true
      case 2: // false
        return;
      case 3: // byte
        at += 1;
        return;
      case 4: // i16
      case 5: // i32
      case 6: // i64
        varint();
        return;
      case 7: // double
        at += 8;
        return;
      case 8: {
        // binary
        const length = varint(); // moves `at`, so it must come before the sum
        at += length;
        return;
      }
      case 9: // list
      case 10: {
        // set
        const header = byte();
        const count = header >> 4 === 15 ? varint() : header >> 4;
        skipElements(count, header & 15);
        return;
      }
      case 12: // struct
        for (;;) {
          const header = byte();
          if ((header & 15) === 0) return;
          if (header >> 4 === 0) zigzag();
          skip(header & 15);
        }
      default:
        throw mismatch(`The footer of the Parquet file holds an unknown type ${type}`);
    }
  };
  return { byte, zigzag, skip };
}

function mismatch(problem: string): TailraceError {
  return new TailraceError(
    `${problem}, so its rows cannot be counted; it is discarded. Run again, and report this if it stays.`,
    {
      code: 'ENCODE_MISMATCH',
      operation: 'verify parquet file',
    },
  );
}
