// Owns RFC 4180: which cells are quoted, and what stands between cells and after rows.
import type { Schema } from '@tailrace/core/sink';
import type { Dialect } from '../text/dialect.js';
import { putInt64 } from '../text/int64.js';
import { joined } from '../text/pieces.js';
import { copyPlain, hasOneOf, suspects, type Utf8Source, utf8Source } from '../text/strings.js';
import type { TextLayout } from '../text/text-encoder.js';
import { overrun, putAscii, type TextTarget, textTarget } from '../text/text-target.js';
import { dressOf } from './dress.js';
import type { CsvFormatOptions } from './options.js';

const quote = 34;
const apostrophe = 39;
const lineFeed = 10;
const carriageReturn = 13;
/** `=`, `+`, `-`, `@`, tab, carriage return: what spreadsheets take for the start of a formula (OWASP, CSV injection). */
const formulaStarts: ReadonlySet<number> = new Set([61, 43, 45, 64, 9, carriageReturn]);

const byteOrderMark = Buffer.of(0xef, 0xbb, 0xbf);

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

export function csvLayout(schema: Schema, options: CsvFormatOptions): TextLayout {
  const delimiter = utf8(options.delimiter);
  const lineEnd = utf8(options.lineEnding === 'crlf' ? '\r\n' : '\n');
  return {
    dialect: csvDialect(options, schema.fields.length === 1),
    head: joined(
      options.bom ? byteOrderMark : new Uint8Array(0),
      options.header && schema.fields.length > 0 ? headOf(schema, options, lineEnd) : new Uint8Array(0),
    ),
    before: schema.fields.map((_, index) => (index === 0 ? new Uint8Array(0) : delimiter)),
    after: lineEnd,
    shortMatches: true,
  };
}

function headOf(schema: Schema, options: CsvFormatOptions, lineEnd: Uint8Array): Uint8Array {
  // Of these cells the first one begins the file.
  const forNames = { ...options, formulaGuard: false, header: false };
  const dialect = csvDialect(forNames, schema.fields.length === 1);
  const names = schema.fields.map(({ name }) => utf8Source(utf8(name)));
  const sizes = names.map((name) => 1 + dialect.stringBytes(name, 0, name.bytes.length));
  const head = textTarget(sizes.reduce((sum, size) => sum + size, lineEnd.length + overrun));
  let end = 0;
  names.forEach((name, index) => {
    if (index > 0) end = putAscii(head, end, options.delimiter);
    end = dialect.string(head, end, name, 0, name.bytes.length);
  });
  head.bytes.set(lineEnd, end);
  return head.bytes.slice(0, end + lineEnd.length);
}

/** Whether a string begins with what readers take for a byte order mark, and drop, at the start of a file. */
function isMarked({ bytes }: Utf8Source, from: number, to: number): boolean {
  return to - from >= 3 && bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf;
}

/** @param isAlone whether there is one column: an empty line would be no row to readers, so that an empty string is quoted */
function csvDialect(options: CsvFormatOptions, isAlone: boolean): Dialect {
  const nullText = utf8(options.nullText);
  const delimiter = options.delimiter.charCodeAt(0);
  const special = new Uint8Array(256);
  for (const byte of [quote, lineFeed, carriageReturn, delimiter]) special[byte] = 1;
  const care = suspects(carriageReturn + 1, quote, delimiter);
  const mustQuote = ({ bytes }: Utf8Source, from: number, to: number): boolean => {
    let specials = 0;
    for (let index = from; index < to; index++) specials |= special[bytes[index] as number] as number; // in range
    return specials !== 0;
  };
  const { formulaGuard } = options;
  const quotesAll = options.quotes !== 'needed';
  // Without a header, any cell may be the first one of a file.
  const quotesMark = !options.header && !options.bom;
  const canBePlain = !formulaGuard && nullText.length === 0;
  const quotesEmpty = quotesAll || isAlone || nullText.length === 0;
  return {
    null: nullText,
    quote: quotesAll ? '"' : '',
    decimalQuote: '',
    plainText: (text) => (quotesAll || text === options.nullText ? `"${text}"` : text),
    bytesAs: 'base64',
    timeMark: options.timestamps === 'sql' ? ' ' : 'T',
    zone: options.timestamps === 'sql' ? '+00' : 'Z',
    counts: { timestamps: options.timestamps === 'count', dates: options.dates === 'count' },
    dress: (type) => dressOf(type, options),
    empty: quotesEmpty ? '""' : '',
    bytesPerByte: 2,
    bytesPerString: 3,
    int64: (out, at, row, { words }) =>
      putInt64(out, at, words[row * 2] as number, words[row * 2 + 1] as number), // in range
    uint64: String,
    // String(NaN) and String(-Infinity): what JavaScript, DuckDB, Spark and pandas read.
    nonFinite: (out, at, value) => putAscii(out, at, String(value)),
    string(out, at, source, from, to) {
      if (formulaGuard && to > from && formulaStarts.has(source.bytes[from] as number)) {
        return putQuoted(out, at, source, from, to, true);
      }
      if (
        quotesAll ||
        (to === from && quotesEmpty) ||
        (quotesMark && isMarked(source, from, to)) ||
        (to - from === nullText.length && isSame(source, from, nullText))
      ) {
        return putQuoted(out, at, source, from, to, false);
      }
      const end = copyPlain(out, at, source, from, to, care);
      if (end >= 0) return end;
      // Control characters stop the fast copy as well, and need no quotes.
      if (mustQuote(source, from, to)) return putQuoted(out, at, source, from, to, false);
      out.bytes.set(source.bytes.subarray(from, to), at);
      return at + to - from;
    },
    isPlain: (source) =>
      canBePlain &&
      !hasOneOf([quote, lineFeed, carriageReturn, delimiter], source) &&
      !(
        quotesMark &&
        Buffer.from(source.bytes.buffer, source.bytes.byteOffset, source.bytes.length).includes(byteOrderMark)
      ),
    stringBytes({ bytes }, from, to) {
      let size = to - from + 3;
      for (let index = from; index < to; index++) if (bytes[index] === quote) size++;
      return size;
    },
  };
}

function putQuoted(
  out: TextTarget,
  at: number,
  source: Utf8Source,
  from: number,
  to: number,
  guarded: boolean,
): number {
  const { bytes } = out;
  let end = at;
  bytes[end++] = quote;
  if (guarded) bytes[end++] = apostrophe;
  for (let index = from; index < to; index++) {
    const byte = source.bytes[index] as number; // in range
    if (byte === quote) bytes[end++] = quote;
    bytes[end++] = byte;
  }
  bytes[end++] = quote;
  return end;
}

function isSame({ bytes }: Utf8Source, from: number, text: Uint8Array): boolean {
  for (let index = 0; index < text.length; index++) if (bytes[from + index] !== text[index]) return false;
  return true;
}
