// Owns the text of dictionary columns: each entry is quoted or escaped once per batch, then copied row by row.
import type { DictionaryData } from '@tailrace/core/sink';
import type { ColumnText } from './column-text.js';
import type { Dialect } from './dialect.js';
import { piece, putPiece } from './pieces.js';
import { type Utf8Source, utf8Source } from './strings.js';
import { overrun, textTarget } from './text-target.js';

/** Bytes of text that may be made ahead for one batch; a dictionary that may need more is written value by value. */
const aheadBytes = 4 * 2 ** 20;

export function dictionaryCell(
  codes: Int32Array,
  dictionary: DictionaryData,
  dialect: Dialect,
  before: Uint8Array,
): ColumnText {
  const { length, values, offsets } = dictionary;
  const source = utf8Source(values);
  const most = length * (before.length + dialect.bytesPerString) + values.length * dialect.bytesPerByte;
  if (length > codes.length || most > aheadBytes)
    return writtenByValue(codes, offsets, source, dialect, before);

  const text = textTarget(most + overrun);
  const ends = new Int32Array(length + 1);
  const lead = piece(before);
  let widest = 0;
  for (let code = 0, end = 0; code < length; code++) {
    const start = putPiece(text.view, end, lead);
    end = dialect.string(text, start, source, offsets[code] as number, offsets[code + 1] as number);
    widest = Math.max(widest, end - (ends[code] as number));
    ends[code + 1] = end;
  }
  const words = text.view;
  return {
    write: ({ view }, at, row) => {
      const code = codes[row] as number; // row < codes.length
      // In range: codes are below the dictionary's length.
      const from = ends[code] as number;
      const to = ends[code + 1] as number;
      const shift = at - from;
      for (let index = from; index < to; index += 4)
        view.setInt32(index + shift, words.getInt32(index, true), true);
      return to + shift;
    },
    widest: () => widest + overrun,
    bytes: () => widest + overrun,
  };
}

function writtenByValue(
  codes: Int32Array,
  offsets: Int32Array,
  source: Utf8Source,
  dialect: Dialect,
  before: Uint8Array,
): ColumnText {
  const lead = piece(before);
  const widest = lead.length + longest(offsets) * dialect.bytesPerByte + dialect.bytesPerString + overrun;
  return {
    write: (out, at, row) => {
      const code = codes[row] as number; // row < codes.length
      const start = putPiece(out.view, at, lead);
      return dialect.string(out, start, source, offsets[code] as number, offsets[code + 1] as number);
    },
    widest: () => widest,
    bytes: (row) => {
      const code = codes[row] as number; // as above
      const size = dialect.stringBytes(source, offsets[code] as number, offsets[code + 1] as number);
      return lead.length + size + overrun;
    },
  };
}

function longest(offsets: Int32Array): number {
  let most = 0;
  for (let index = 1; index < offsets.length; index++) {
    most = Math.max(most, (offsets[index] as number) - (offsets[index - 1] as number)); // in range
  }
  return most;
}
