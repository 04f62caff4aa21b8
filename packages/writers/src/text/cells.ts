// Owns how the values of a column become text in CSV and NDJSON alike; what the two do differently is passed in.
import type { ColumnData, Field } from '@tailrace/core/sink';
import { TailraceError } from '@tailrace/core/sink';
import { dateWriter, timeBytes, timestampWriter } from './civil-time.js';
import { type ColumnText, narrowColumn } from './column-text.js';
import { putInt32 } from './decimal.js';
import type { Dialect, Place } from './dialect.js';
import { dictionaryCell } from './dictionary-cell.js';
import { doubleBytes, putDouble } from './doubles.js';
import { int64Bytes, wordsOf } from './int64.js';
import { joined, type Piece, piece, putPiece } from './pieces.js';
import { utf8Source } from './strings.js';
import { overrun } from './text-target.js';

/**
 * How one column of one batch is written.
 * @param before stands before every cell: delimiter, key
 */
export function columnText(
  place: Place,
  column: ColumnData,
  dialect: Dialect,
  before: Uint8Array,
): ColumnText {
  const text = valueText(place, column, dialect, before);
  const { validity } = column;
  if (validity === null || column.nullCount === 0) return text;
  const nullText = piece(joined(before, dialect.null));
  const nullBytes = nullText.length + overrun;
  const { write } = text;
  // In range: one bit per row.
  const isValid = (row: number): boolean => (((validity[row >> 3] as number) >> (row & 7)) & 1) !== 0;
  return {
    write: (out, at, row) => (isValid(row) ? write(out, at, row) : putPiece(out.view, at, nullText)),
    widest: (from, to) => Math.max(text.widest(from, to), nullBytes),
    bytes: (row) => (isValid(row) ? text.bytes(row) : nullBytes),
  };
}

function valueText(place: Place, column: ColumnData, dialect: Dialect, before: Uint8Array): ColumnText {
  const { field } = place;
  const { type } = field;
  const lead = piece(before);
  switch (type.kind) {
    case 'bool': {
      const bits = buffer(field, column, Uint8Array);
      const yes = piece(joined(before, ascii('true')));
      const no = piece(joined(before, ascii('false')));
      return narrowColumn(lead.length + 5, (out, at, row) =>
        putPiece(out.view, at, (((bits[row >> 3] as number) >> (row & 7)) & 1) === 1 ? yes : no),
      );
    }
    case 'int32': {
      const values = buffer(field, column, Int32Array);
      return narrowColumn(lead.length + int64Bytes, (out, at, row) =>
        putInt32(out, putPiece(out.view, at, lead), values[row] as number),
      );
    }
    case 'int64': {
      const words = wordsOf(buffer(field, column, BigInt64Array));
      return narrowColumn(lead.length + int64Bytes, (out, at, row) => {
        const start = putPiece(out.view, at, lead);
        return dialect.int64(out, start, words[row * 2] as number, words[row * 2 + 1] as number, row, place);
      });
    }
    case 'float64': {
      const values = buffer(field, column, Float64Array);
      const words = wordsOf(values);
      return narrowColumn(lead.length + doubleBytes, (out, at, row) => {
        const start = putPiece(out.view, at, lead);
        const end = putDouble(out, start, values, words, row);
        // Nothing is written for what is not finite.
        return end > start ? end : dialect.nonFinite(out, start, values[row] as number, row, place);
      });
    }
    case 'timestamp': {
      const words = wordsOf(buffer(field, column, BigInt64Array));
      const { timeQuote } = dialect;
      const after = ascii(type.timezone === null ? timeQuote : `Z${timeQuote}`);
      const around = { before: joined(before, ascii(timeQuote)), after };
      return narrowColumn(lead.length + timeBytes, timestampWriter(words, type.unit, around));
    }
    case 'date': {
      const quote = ascii(dialect.timeQuote);
      const around = { before: joined(before, quote), after: quote };
      return narrowColumn(lead.length + timeBytes, dateWriter(buffer(field, column, Int32Array), around));
    }
    case 'utf8': {
      const { offsets } = column;
      if (offsets === null) throw malformed(field);
      return stringColumn(buffer(field, column, Uint8Array), offsets, dialect, lead);
    }
    case 'dictionary': {
      const codes = buffer(field, column, Int32Array);
      if (column.dictionary === null) throw malformed(field);
      return dictionaryCell(codes, column.dictionary, dialect, before);
    }
  }
}

function stringColumn(bytes: Uint8Array, offsets: Int32Array, dialect: Dialect, lead: Piece): ColumnText {
  const source = utf8Source(bytes);
  const { bytesPerByte, bytesPerString } = dialect;
  const fixed = lead.length + bytesPerString + overrun;
  // All offsets are in range: rows are.
  return {
    write: (out, at, row) => {
      const start = putPiece(out.view, at, lead);
      return dialect.string(out, start, source, offsets[row] as number, offsets[row + 1] as number);
    },
    // No string is longer than all of them.
    widest: (from, to) => fixed + ((offsets[to] as number) - (offsets[from] as number)) * bytesPerByte,
    bytes: (row) =>
      lead.length + dialect.stringBytes(source, offsets[row] as number, offsets[row + 1] as number) + overrun,
  };
}

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

type Buffers = Uint8Array | Int32Array | BigInt64Array | Float64Array;

function buffer<T extends Buffers>(field: Field, column: ColumnData, type: new (length: number) => T): T {
  if (column.values instanceof type) return column.values;
  throw malformed(field);
}

function malformed(field: Field): TailraceError {
  return new TailraceError(
    `The buffers of column "${field.name}" are not those of its type ${field.type.kind}; whoever made the batch must fix it.`,
    { code: 'SCHEMA_INVALID', operation: 'encode batch', context: { column: field.name } },
  );
}
