// Owns how the values of a column become text in CSV and NDJSON alike; what the two do differently is passed in.
import type { ColumnData, ColumnValues, Field } from '@tailrace/core/sink';
import { numberOfHalf, TailraceError } from '@tailrace/core/sink';
import { Dates, Timestamps, timeBytes } from './civil-time.js';
import { type ColumnText, type PutCell, type ValueText, valueText } from './column-text.js';
import { putInt32 } from './decimal.js';
import type { Dialect, Place } from './dialect.js';
import { dictionaryText } from './dictionary-text.js';
import { doubleBytes, putDouble } from './doubles.js';
import { int64Bytes, putInt64, wordsOf } from './int64.js';
import { binaryText, clockText, decimalText, fixedBinaryText, uint64Text } from './made-text.js';
import { nestedText } from './nested-text.js';
import { joined, type Piece, piece, putPiece } from './pieces.js';
import { stringText } from './string-text.js';
import { overrun } from './text-target.js';

/**
 * How one column of one batch is written.
 * @param before stands before every cell: delimiter, key
 */
export function columnText(
  place: Place,
  column: ColumnData,
  rows: number,
  dialect: Dialect,
  before: Uint8Array,
): ColumnText {
  const dress = dialect.dress?.(place.field.type);
  const text =
    dress === undefined
      ? textOf(place, column, rows, dialect, before)
      : dress.wrap(textOf(place, column, rows, dialect, joined(before, dress.lead)));
  // Whoever encodes has refused nulls where none were declared.
  if (!place.field.nullable) return { ...text, validity: null, nullText: null };
  const nullText = joined(before, dialect.null);
  const validity = column.nullCount === 0 ? null : column.validity;
  const nullBytes = nullText.length + overrun;
  return {
    ...text,
    validity,
    nullText,
    // What a null lies over is not written, but may be anything.
    widest: (from, to) => Math.max(text.widest(from, to), nullBytes),
    bytes: (row) => Math.max(text.bytes(row), nullBytes),
  };
}

function textOf(
  place: Place,
  column: ColumnData,
  rows: number,
  dialect: Dialect,
  before: Uint8Array,
): ValueText {
  const { field } = place;
  const { type } = field;
  switch (type.kind) {
    case 'bool':
      return valueText(before, 8, putBool, buffer(field, column, Uint8Array));
    case 'int32':
      return valueText(before, int64Bytes, putInteger, buffer(field, column, Int32Array));
    case 'int8':
    case 'int16':
    case 'uint8':
    case 'uint16':
      return valueText(before, int64Bytes, putInteger, Int32Array.from(column.values as Uint16Array));
    case 'uint32':
      return valueText(before, int64Bytes, putUint32, buffer(field, column, Uint32Array));
    case 'uint64':
      return uint64Text(column, place, dialect, before);
    case 'int64':
    case 'duration': {
      const words = wordsOf(buffer(field, column, BigInt64Array));
      return valueText(before, int64Bytes, dialect.int64, { words, place });
    }
    case 'float16':
    case 'float32':
    case 'float64': {
      const values = doublesOf(field, column);
      return valueText(before, doubleBytes, putFloat, { values, words: wordsOf(values), place, dialect });
    }
    case 'timestamp': {
      const zone = type.timezone === null ? '' : dialect.zone;
      const words = wordsOf(buffer(field, column, BigInt64Array));
      if (dialect.counts.timestamps) return valueText(before, int64Bytes, dialect.int64, { words, place });
      const after = ascii(zone + dialect.quote);
      const times = new Timestamps(words, type.unit, after, dialect.timeMark.charCodeAt(0));
      return valueText(joined(before, ascii(dialect.quote)), timeBytes, putTime, times);
    }
    case 'date': {
      if (dialect.counts.dates)
        return valueText(before, int64Bytes, putInteger, buffer(field, column, Int32Array));
      const dates = new Dates(buffer(field, column, Int32Array), ascii(dialect.quote));
      return valueText(joined(before, ascii(dialect.quote)), timeBytes, putDay, dates);
    }
    case 'utf8': {
      if (column.offsets === null) throw malformed(field);
      return stringText(buffer(field, column, Uint8Array), column.offsets, dialect, before);
    }
    case 'decimal':
      return decimalText(column, type, dialect, before);
    case 'time':
      return clockText(column, type.unit, dialect, before);
    case 'binary':
      return binaryText(column, dialect, before);
    case 'fixed_binary':
      return fixedBinaryText(column, type.width, dialect, before);
    case 'null':
      // Every row is null, and nothing is written of it but that.
      return valueText(before, 0, putNothing, undefined);
    case 'list':
    case 'fixed_list':
    case 'struct':
    case 'map':
      return nestedText(place, column, rows, dialect, before, columnText);
    case 'dictionary': {
      if (column.dictionary === null) throw malformed(field);
      return dictionaryText(buffer(field, column, Int32Array), column.dictionary, dialect, before);
    }
  }
}

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const yes: Piece = piece(ascii('true'));
const no: Piece = piece(ascii('false'));

const putBool: PutCell<Uint8Array> = (out, at, row, bits) =>
  putPiece(out.view, at, (((bits[row >> 3] as number) >> (row & 7)) & 1) === 1 ? yes : no); // in range: one bit per row

const putNothing: PutCell<undefined> = (_out, at) => at;

const putUint32: PutCell<Uint32Array> = (out, at, row, values) =>
  putInt64(out, at, (values[row] as number) | 0, 0); // in range

const putInteger: PutCell<Int32Array> = (out, at, row, values) => putInt32(out, at, values[row] as number); // in range

interface Floats {
  readonly values: Float64Array;
  readonly words: Int32Array;
  readonly place: Place;
  readonly dialect: Dialect;
}

const putFloat: PutCell<Floats> = (out, at, row, { values, words, place, dialect }) => {
  const end = putDouble(out, at, values, words, row);
  // Nothing is written for what is not finite.
  return end > at ? end : dialect.nonFinite(out, at, values[row] as number, row, place); // in range
};

const putTime: PutCell<Timestamps> = (out, at, row, times) => times.put(out, at, row);
const putDay: PutCell<Dates> = (out, at, row, dates) => dates.put(out, at, row);

/** Every smaller float is a double too. */
function doublesOf(field: Field, column: ColumnData): Float64Array {
  const { values } = column;
  if (field.type.kind === 'float16')
    return Float64Array.from(buffer(field, column, Uint16Array), numberOfHalf);
  return values instanceof Float32Array ? Float64Array.from(values) : buffer(field, column, Float64Array);
}

function buffer<T extends ColumnValues>(
  field: Field,
  column: ColumnData,
  type: new (length: number) => T,
): T {
  if (column.values instanceof type) return column.values;
  throw malformed(field);
}

function malformed(field: Field): TailraceError {
  return new TailraceError(
    `The buffers of column "${field.name}" are not those of its type ${field.type.kind}; whoever made the batch must fix it.`,
    { code: 'SCHEMA_INVALID', operation: 'encode batch', context: { column: field.name } },
  );
}
