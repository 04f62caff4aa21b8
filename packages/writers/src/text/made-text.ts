// Owns the text of values that are rare enough to be made as strings of ASCII first: decimals, times of day, bytes in base64,
// unsigned integers of 64 bits.
import { type ColumnData, type DataType, formatDecimal, readWords, type TimeUnit } from '@tailrace/core/sink';
import { type PutCell, type Room, type ValueText, valueText } from './column-text.js';
import type { Dialect, Place } from './dialect.js';
import { putAscii } from './text-target.js';

type MakeText = (row: number) => string;

const putMade: PutCell<MakeText> = (out, at, row, make) => putAscii(out, at, make(row));

/** @param widest bytes of the longest, or what tells them */
const made = (before: Uint8Array, widest: number | Room, make: MakeText): ValueText =>
  valueText(before, widest, putMade, make);

const quoted = (quote: string, make: MakeText): MakeText => {
  return quote === '' ? make : (row) => quote + make(row) + quote;
};

/** Digits of the longest decimal, its sign and point, and quotes. */
const decimalBytes = 84;

export function decimalText(
  { values }: ColumnData,
  { bits, scale }: DataType & { readonly kind: 'decimal' },
  { decimalQuote }: Dialect,
  before: Uint8Array,
): ValueText {
  const words = values as Uint32Array; // the buffer of every decimal column
  const count = bits / 32;
  return made(
    before,
    decimalBytes,
    quoted(decimalQuote, (row) => formatDecimal(readWords(words, row * count, count), scale)),
  );
}

const fractionDigits = { s: 0, ms: 3, us: 6, ns: 9 } as const satisfies Record<TimeUnit, number>;
const clockBytes = 24;

export function clockText(
  { values }: ColumnData,
  unit: TimeUnit,
  { quote }: Dialect,
  before: Uint8Array,
): ValueText {
  const digits = fractionDigits[unit];
  const perSecond = 10 ** digits;
  const two = (part: number): string => String(part).padStart(2, '0');
  return made(
    before,
    clockBytes,
    quoted(quote, (row) => {
      // Below 2^53, as a day is.
      const ticks = Number(values[row]);
      const seconds = Math.floor(ticks / perSecond);
      const clock = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
      return digits === 0 ? clock : `${clock}.${String(ticks % perSecond).padStart(digits, '0')}`;
    }),
  );
}

const textOfBytes = (bytes: Uint8Array, from: number, to: number, form: Dialect['bytesAs']): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString(form);
/** In the longer of both forms, with quotes. */
const roomOfBytes = (bytes: number): number => bytes * 2 + 4;

export function binaryText(column: ColumnData, dialect: Dialect, before: Uint8Array): ValueText {
  const bytes = column.values as Uint8Array; // the buffer of every binary column
  const offsets = column.offsets as Int32Array; // binary columns have offsets
  const room: Room = {
    // No value is longer than all of them. Offsets are in range: rows are.
    widest: (from, to) => roomOfBytes((offsets[to] as number) - (offsets[from] as number)),
    bytes: (row) => roomOfBytes((offsets[row + 1] as number) - (offsets[row] as number)),
  };
  const { empty, bytesAs } = dialect;
  return made(before, room, (row) => {
    const [from, to] = [offsets[row] as number, offsets[row + 1] as number];
    return from === to ? empty : dialect.plainText(textOfBytes(bytes, from, to, bytesAs));
  });
}

export function fixedBinaryText(
  { values }: ColumnData,
  width: number,
  dialect: Dialect,
  before: Uint8Array,
): ValueText {
  const bytes = values as Uint8Array; // the buffer of every such column
  return made(before, roomOfBytes(width), (row) =>
    dialect.plainText(textOfBytes(bytes, row * width, (row + 1) * width, dialect.bytesAs)),
  );
}

const uint64Bytes = 24;

export function uint64Text(
  { values }: ColumnData,
  place: Place,
  dialect: Dialect,
  before: Uint8Array,
): ValueText {
  const integers = values as BigUint64Array; // the buffer of every such column
  return made(before, uint64Bytes, (row) => dialect.uint64(integers[row] as bigint, row, place)); // in range
}
