// Owns one JSON object a line: keys in the order of the schema, strings escaped as RFC 8259 asks and no more.
import { type Schema, ValueError } from '@tailrace/core/sink';
import type { Dialect, Place } from '../text/cells.js';
import { writeInt64 } from '../text/numbers.js';
import type { TextBuffer } from '../text/text-buffer.js';
import type { TextLayout } from '../text/text-encoder.js';
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
  return {
    dialect: jsonDialect(options),
    head: new Uint8Array(0),
    before: schema.fields.map((field, index) =>
      utf8(`${index === 0 ? '{' : ','}${JSON.stringify(field.name)}:`),
    ),
    after: utf8('}\n'),
  };
}

function jsonDialect(options: NdjsonFormatOptions): Dialect {
  const nullText = utf8('null');
  return {
    null: nullText,
    timeQuote: '"',
    string: writeString,
    int64(out, reader, row, place) {
      if (options.bigint === 'string') {
        out.ascii('"');
        writeInt64(out, reader, row);
        out.ascii('"');
        return;
      }
      const value = reader.safe(row);
      if (!Number.isNaN(value)) {
        out.integer(value);
        return;
      }
      throw unfit(
        `${reader.exact(row)} is beyond 2^53, where most readers of JSON round; write int64 as text with ndjson(path, { bigint: 'string' })`,
        row,
        place,
      );
    },
    nonFinite(out, value, row, place) {
      if (options.nonFinite === 'null') out.copy(nullText, 0, nullText.length);
      else
        throw unfit(
          `JSON has no ${value}; write null for it with ndjson(path, { nonFinite: 'null' })`,
          row,
          place,
        );
    },
  };
}

/** Writes UTF-8 as a JSON string; only quotes, backslashes and control characters are escaped. */
function writeString(out: TextBuffer, source: Uint8Array, from: number, to: number): void {
  let special = 0;
  for (let i = from; i < to; i++) special |= escapes[source[i] as number] as number; // a byte: in range
  if (special === 0) {
    out.reserve(to - from + 2);
    out.byte(quote);
    out.copy(source, from, to);
    out.reserve(1);
    out.byte(quote);
    return;
  }
  out.reserve((to - from) * 6 + 2);
  out.byte(quote);
  for (let i = from; i < to; i++) {
    const byte = source[i] as number; // in range
    const letter = escapes[byte] as number; // a byte: in range
    if (letter === 0) {
      out.byte(byte);
    } else if (letter === 1) {
      out.ascii(`\\u00${hex[byte >> 4]}${hex[byte & 15]}`);
    } else {
      out.byte(backslash);
      out.byte(letter);
    }
  }
  out.byte(quote);
}

function unfit(reason: string, row: number, place: Place): ValueError {
  const at = place.rowsBefore + row;
  return new ValueError(`Row ${at} of this file, column "${place.field.name}": ${reason}.`, {
    operation: 'encode ndjson',
    context: { row: at, column: place.field.name },
  });
}
