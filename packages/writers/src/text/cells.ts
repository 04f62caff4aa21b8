// Owns how the values of a column become text in CSV and NDJSON alike; what the two do differently is passed in.
import type { ColumnData, DictionaryData, Field } from '@tailrace/core/sink';
import { TailraceError } from '@tailrace/core/sink';
import { dateWriter, timestampWriter } from './civil-time.js';
import { type Int64Reader, int64Reader, writeDouble } from './numbers.js';
import { TextBuffer } from './text-buffer.js';

/** Writes the cell of a row. */
export type Cell = (out: TextBuffer, row: number) => void;

/** What distinguishes one text format from another. */
export interface Dialect {
  readonly null: Uint8Array;
  /** Put around dates and timestamps: `"` or nothing. */
  readonly timeQuote: string;
  /** Writes UTF-8 bytes `source[from..to)` as a string. */
  string(out: TextBuffer, source: Uint8Array, from: number, to: number): void;
  int64(out: TextBuffer, reader: Int64Reader, row: number, place: Place): void;
  /** Writes NaN, Infinity or -Infinity. */
  nonFinite(out: TextBuffer, value: number, row: number, place: Place): void;
}

/** Where a batch's column stands in its file, for messages. */
export interface Place {
  readonly field: Field;
  /** Rows of the file before the batch. */
  readonly rowsBefore: number;
}

/** The writer of one column of one batch. */
export function cellWriter(place: Place, column: ColumnData, dialect: Dialect): Cell {
  const write = valueWriter(place, column, dialect);
  const { validity } = column;
  if (validity === null || column.nullCount === 0) return write;
  const nullText = dialect.null;
  return (out, row) => {
    // In range: one bit per row.
    if ((((validity[row >> 3] as number) >> (row & 7)) & 1) === 0) out.copy(nullText, 0, nullText.length);
    else write(out, row);
  };
}

function valueWriter(place: Place, column: ColumnData, dialect: Dialect): Cell {
  const { field } = place;
  const { type } = field;
  switch (type.kind) {
    case 'bool': {
      const bits = buffer(field, column, Uint8Array);
      return (out, row) =>
        out.ascii((((bits[row >> 3] as number) >> (row & 7)) & 1) === 1 ? 'true' : 'false');
    }
    case 'int32': {
      const values = buffer(field, column, Int32Array);
      return (out, row) => out.integer(values[row] as number);
    }
    case 'int64': {
      const reader = int64Reader(buffer(field, column, BigInt64Array));
      return (out, row) => dialect.int64(out, reader, row, place);
    }
    case 'float64': {
      const values = buffer(field, column, Float64Array);
      return (out, row) => {
        const value = values[row] as number;
        if (Number.isFinite(value)) writeDouble(out, value);
        else dialect.nonFinite(out, value, row, place);
      };
    }
    case 'timestamp': {
      const reader = int64Reader(buffer(field, column, BigInt64Array));
      return quoted(timestampWriter(reader, type.unit, type.timezone !== null), dialect.timeQuote);
    }
    case 'date': {
      const days = buffer(field, column, Int32Array);
      const date = dateWriter();
      return quoted((out, row) => date(out, days[row] as number), dialect.timeQuote);
    }
    case 'utf8': {
      const bytes = buffer(field, column, Uint8Array);
      const offsets = column.offsets;
      if (offsets === null) throw malformed(field);
      return (out, row) => dialect.string(out, bytes, offsets[row] as number, offsets[row + 1] as number);
    }
    case 'dictionary': {
      const codes = buffer(field, column, Int32Array);
      if (column.dictionary === null) throw malformed(field);
      const text = dictionaryText(column.dictionary, dialect);
      return (out, row) => {
        const value = text(codes[row] as number);
        out.copy(value, 0, value.length);
      };
    }
  }
}

/** The text of each dictionary entry, made when it is first met. */
function dictionaryText(dictionary: DictionaryData, dialect: Dialect): (code: number) => Uint8Array {
  const known: (Uint8Array | undefined)[] = [];
  const scratch = new TextBuffer(64);
  return (code) => {
    const before = known[code];
    if (before !== undefined) return before;
    scratch.clear();
    // In range: codes are below the dictionary's length.
    dialect.string(
      scratch,
      dictionary.values,
      dictionary.offsets[code] as number,
      dictionary.offsets[code + 1] as number,
    );
    const made = scratch.bytes.slice(0, scratch.length);
    known[code] = made;
    return made;
  };
}

function quoted(write: Cell, quote: string): Cell {
  if (quote === '') return write;
  return (out, row) => {
    out.ascii(quote);
    write(out, row);
    out.ascii(quote);
  };
}

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
