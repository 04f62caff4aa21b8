// Owns one JSON object a line: keys in the order of the schema, strings escaped as RFC 8259 asks and no more.
import { type Schema, ValueError } from '@tailrace/core/sink';
import type { PutCell } from '../text/column-text.js';
import type { Dialect, Int64s, Place } from '../text/dialect.js';
import { isSafe, putInt64, toBigInt, toNumber } from '../text/int64.js';
import { piece, putPiece } from '../text/pieces.js';
import { copyPlain, hasByteBelow, hasOneOf, suspects, type Utf8Source } from '../text/strings.js';
import type { TextLayout } from '../text/text-encoder.js';
import { putAscii, type TextTarget } from '../text/text-target.js';
import type { NdjsonFormatOptions } from './options.js';

const quote = 34;
const backslash = 92;
const hex = '0123456789abcdef';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** For each byte: 0 when it stands for itself, the letter after the backslash, or 1 for `\u00xx`. */
const escapes: Uint8Array = new Uint8Array(256);
for (let byte = 0; byte < 32; byte++) escapes[byte] = 1;
for (const [byte, letter] of [
  [quote, '"'],
  [backslash, '\\'],
  [8, 'b'],
  [9, 't'],
  [10, 'n'],
  [12, 'f'],
  [13, 'r'],
] as const) {
  escapes[byte] = letter.charCodeAt(0);
}

export function ndjsonLayout(schema: Schema, options: NdjsonFormatOptions): TextLayout {
  const order = schema.fields.map((_, index) => index);
  if (options.keyOrder === 'sorted') {
    const nameOf = (index: number): string => schema.fields[index]?.name ?? '';
    order.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  }
  return {
    dialect: jsonDialect(options),
    head: new Uint8Array(0),
    order,
    before: schema.fields.map((field, index) =>
      utf8(`${index === order[0] ? '{' : ','}${JSON.stringify(field.name)}:`),
    ),
    after: utf8('}\n'),
    shortMatches: false,
  };
}

function jsonDialect(options: NdjsonFormatOptions): Dialect {
  const nullText = utf8('null');
  const nullPiece = piece(nullText);
  return {
    null: nullText,
    quote: '"',
    decimalQuote: '"',
    plainText: (text) => `"${text}"`,
    bytesAs: options.binary === 'hex' ? 'hex' : 'base64',
    timeMark: 'T',
    zone: 'Z',
    counts: { timestamps: false, dates: false },
    empty: '""',
    bytesPerByte: 6,
    bytesPerString: 2,
    string: putString,
    isPlain: (source) => !hasOneOf([quote, backslash], source) && !hasByteBelow(32, source),
    stringBytes,
    int64: options.bigint === 'string' ? putIntegerText : putInteger,
    uint64(value, row, place) {
      if (options.bigint === 'string') return `"${value}"`;
      if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return String(value);
      throw tooLarge(value, row, place);
    },
    nonFinite(out, at, value, row, place) {
      if (options.nonFinite === 'null') return putPiece(out.view, at, nullPiece);
      if (options.nonFinite === 'string') return putAscii(out, at, `"${value}"`);
      throw unfit(
        `JSON has no ${value}; write null for it with ndjson(path, { nonFinite: 'null' })`,
        row,
        place,
      );
    },
  };
}

// Words are in range: two for each row.
const putInteger: PutCell<Int64s> = (out, at, row, { words, place }) => {
  const low = words[row * 2] as number;
  const high = words[row * 2 + 1] as number;
  if (high === low >> 31 || isSafe(toNumber(low, high))) return putInt64(out, at, low, high);
  throw tooLarge(toBigInt(low, high), row, place);
};

function tooLarge(value: bigint, row: number, place: Place): ValueError {
  return unfit(
    `${value} is beyond 2^53, where most readers of JSON round; write 64-bit integers as text with ` +
      `ndjson(path, { bigint: 'string' })`,
    row,
    place,
  );
}

const putIntegerText: PutCell<Int64s> = (out, at, row, { words }) => {
  out.bytes[at] = quote;
  const end = putInt64(out, at + 1, words[row * 2] as number, words[row * 2 + 1] as number);
  out.bytes[end] = quote;
  return end + 1;
};

/** What `escapes` holds an entry for. */
const care = suspects(32, quote, backslash);

/** Writes UTF-8 as a JSON string; only quotes, backslashes and control characters are escaped. */
function putString(out: TextTarget, at: number, source: Utf8Source, from: number, to: number): number {
  out.bytes[at] = quote;
  let end = copyPlain(out, at + 1, source, from, to, care);
  if (end < 0) end = putEscaped(out, at + 1, source, from, to);
  out.bytes[end] = quote;
  return end + 1;
}

function putEscaped(out: TextTarget, at: number, source: Utf8Source, from: number, to: number): number {
  const { bytes } = out;
  let end = at;
  for (let index = from; index < to; index++) {
    const byte = source.bytes[index] as number; // in range
    const letter = escapes[byte] as number; // a byte: in range
    if (letter === 0) {
      bytes[end++] = byte;
    } else if (letter === 1) {
      end = putAscii(out, end, `\\u00${hex[byte >> 4]}${hex[byte & 15]}`);
    } else {
      bytes[end++] = backslash;
      bytes[end++] = letter;
    }
  }
  return end;
}

function stringBytes({ bytes }: Utf8Source, from: number, to: number): number {
  let size = to - from + 2;
  for (let index = from; index < to; index++) {
    const letter = escapes[bytes[index] as number] as number; // in range
    if (letter !== 0) size += letter === 1 ? 5 : 1;
  }
  return size;
}

function unfit(reason: string, row: number, place: Place): ValueError {
  const at = place.rowsBefore + (place.outer?.row ?? row);
  return new ValueError(`Row ${at} of this file, column "${place.field.name}": ${reason}.`, {
    operation: 'encode ndjson',
    context: { row: at, column: place.field.name },
  });
}
