// Owns how columns of strings are written: just copied when a look at the whole column shows that nothing in it needs care.
import { type PutCell, type Room, type ValueText, valueText } from './column-text.js';
import type { Dialect } from './dialect.js';
import { type Piece, piece, putPiece } from './pieces.js';
import { copyBytes, type Utf8Source, utf8Source } from './strings.js';

/** @param before stands before every cell */
export function stringText(
  bytes: Uint8Array,
  offsets: Int32Array,
  dialect: Dialect,
  before: Uint8Array,
): ValueText {
  const source = utf8Source(bytes);
  const { bytesPerByte, bytesPerString } = dialect;
  const room: Room = {
    // No string is longer than all of them. Offsets are in range: rows are.
    widest: (from, to) =>
      bytesPerString + ((offsets[to] as number) - (offsets[from] as number)) * bytesPerByte,
    bytes: (row) => dialect.stringBytes(source, offsets[row] as number, offsets[row + 1] as number),
  };
  const quote = piece(new TextEncoder().encode(dialect.quote));
  const put = dialect.isPlain(source) ? putPlain : putString;
  return valueText(before, room, put, { source, offsets, dialect, quote });
}

interface Strings {
  readonly source: Utf8Source;
  readonly offsets: Int32Array;
  readonly dialect: Dialect;
  readonly quote: Piece;
}

// Offsets are in range: there is one more than rows.
const putString: PutCell<Strings> = (out, at, row, { source, offsets, dialect }) =>
  dialect.string(out, at, source, offsets[row] as number, offsets[row + 1] as number);

const putPlain: PutCell<Strings> = (out, at, row, { source, offsets, dialect, quote }) => {
  const from = offsets[row] as number;
  const to = offsets[row + 1] as number;
  if (from === to) return dialect.string(out, at, source, from, to);
  const start = putPiece(out.view, at, quote);
  return putPiece(out.view, copyBytes(out, start, source, from, to), quote);
};
