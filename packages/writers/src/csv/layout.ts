// Owns RFC 4180: which cells are quoted, and what stands between cells and after rows.
import type { Schema } from '@tailrace/core/sink';
import type { Dialect } from '../text/cells.js';
import { writeInt64 } from '../text/numbers.js';
import { TextBuffer } from '../text/text-buffer.js';
import type { TextLayout } from '../text/text-encoder.js';
import type { CsvFormatOptions } from './options.js';

const quote = 34;
const apostrophe = 39;
/** `=`, `+`, `-`, `@`, tab, carriage return: what spreadsheets take for the start of a formula (OWASP, CSV injection). */
const formulaStarts: ReadonlySet<number> = new Set([61, 43, 45, 64, 9, 13]);

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

export function csvLayout(schema: Schema, options: CsvFormatOptions): TextLayout {
  const dialect = csvDialect(options);
  const delimiter = utf8(options.delimiter);
  const lineEnd = utf8(options.lineEnding === 'crlf' ? '\r\n' : '\n');
  const head = new TextBuffer(256);
  if (options.header && schema.fields.length > 0) {
    const plain = csvDialect({ ...options, formulaGuard: false });
    schema.fields.forEach((field, index) => {
      if (index > 0) head.copy(delimiter, 0, delimiter.length);
      const name = utf8(field.name);
      plain.string(head, name, 0, name.length);
    });
    head.copy(lineEnd, 0, lineEnd.length);
  }
  return {
    dialect,
    head: head.bytes.slice(0, head.length),
    before: schema.fields.map((_, index) => (index === 0 ? new Uint8Array(0) : delimiter)),
    after: lineEnd,
  };
}

function csvDialect(options: CsvFormatOptions): Dialect {
  const nullText = utf8(options.nullText);
  const special = new Uint8Array(256);
  for (const byte of [quote, 10, 13, options.delimiter.charCodeAt(0)]) special[byte] = 1;
  return {
    null: nullText,
    timeQuote: '',
    int64: writeInt64,
    // String(NaN) and String(-Infinity): what JavaScript, DuckDB, Spark and pandas read.
    nonFinite: (out, value) => out.ascii(String(value)),
    string(out, source, from, to) {
      if (options.formulaGuard && to > from && formulaStarts.has(source[from] as number)) {
        writeQuoted(out, source, from, to, true);
        return;
      }
      let specials = 0;
      for (let i = from; i < to; i++) specials |= special[source[i] as number] as number; // a byte: in range
      if (specials !== 0 || sameBytes(source, from, to, nullText)) writeQuoted(out, source, from, to, false);
      else out.copy(source, from, to);
    },
  };
}

function writeQuoted(out: TextBuffer, source: Uint8Array, from: number, to: number, guarded: boolean): void {
  out.reserve((to - from) * 2 + 3);
  out.byte(quote);
  if (guarded) out.byte(apostrophe);
  for (let i = from; i < to; i++) {
    const byte = source[i] as number; // in range
    if (byte === quote) out.byte(quote);
    out.byte(byte);
  }
  out.byte(quote);
}

function sameBytes(source: Uint8Array, from: number, to: number, text: Uint8Array): boolean {
  if (to - from !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (source[from + i] !== text[i]) return false;
  return true;
}
