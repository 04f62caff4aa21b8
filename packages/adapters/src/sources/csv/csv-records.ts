// Owns the grammar of CSV (RFC 4180): text in pieces of any size becomes records of fields. It knows no columns or types.
// Source: https://www.rfc-editor.org/rfc/rfc4180
import { contentError } from '../file-error.js';

export interface CsvRecord {
  /** Line of the file on which the record begins, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
  /** Which fields were quoted; undefined when none was. */
  readonly quoted: readonly boolean[] | undefined;
}

export interface CsvGrammar {
  /** For messages. */
  readonly path: string;
  /** One character. */
  readonly delimiter: string;
  /** Characters of one record, line ends included. */
  readonly maxRecordLength: number;
}

export interface CsvScanner {
  /** The records that are complete with this piece. */
  push(text: string): CsvRecord[];
  /** The record that the end of the file completes, if any. Throws SOURCE_FAILED for an open quote. */
  finish(): CsvRecord[];
}

const quote = '"';

/** Empty lines are no records. */
export function createCsvScanner(grammar: CsvGrammar): CsvScanner {
  let rest = '';
  let line = 1;

  const scan = (text: string, last: boolean): CsvRecord[] => {
    const records: CsvRecord[] = [];
    let at = 0;
    let nextQuote = text.indexOf(quote);
    while (at < text.length) {
      const newline = text.indexOf('\n', at);
      if (nextQuote !== -1 && nextQuote < at) nextQuote = text.indexOf(quote, at);
      const plain = nextQuote === -1 || (newline !== -1 && nextQuote > newline);
      if (!plain) {
        const read = readQuoted(text, at, line, last, grammar);
        if (read === undefined) break;
        records.push(read.record);
        at = read.end;
        line += read.lines;
        continue;
      }
      if (newline === -1 && !last) break;
      const end = newline === -1 ? text.length : newline;
      const stop = end > at && text.charCodeAt(end - 1) === 13 ? end - 1 : end;
      // A short record is copied out of the piece by split, which makes new strings.
      if (stop > at)
        records.push({ line, fields: text.slice(at, stop).split(grammar.delimiter), quoted: undefined });
      at = end + 1;
      line += 1;
    }
    rest = at === 0 ? text : text.slice(at);
    return records;
  };

  return {
    push(text) {
      const records = scan(rest === '' ? text : rest + text, false);
      if (rest.length > grammar.maxRecordLength) {
        throw contentError(
          grammar.path,
          `has a record of more than ${grammar.maxRecordLength} characters beginning on line ${line}. Perhaps a quote is never closed; otherwise raise maxRecordLength.`,
          { line },
        );
      }
      return records;
    },
    finish() {
      const records = scan(rest, true);
      rest = '';
      return records;
    },
  };
}

/** One record in which quotes occur; undefined when the text ends before it does. */
function readQuoted(
  text: string,
  start: number,
  line: number,
  last: boolean,
  { path, delimiter }: CsvGrammar,
): { record: CsvRecord; end: number; lines: number } | undefined {
  const fields: string[] = [];
  const quoted: boolean[] = [];
  let at = start;
  let lines = 0;
  for (;;) {
    const isQuoted = text[at] === quote;
    if (isQuoted) {
      const close = closingQuote(text, at + 1);
      if (close === -1 || (close === text.length - 1 && !last)) {
        if (!last) return undefined;
        throw contentError(
          path,
          `has a quote that is never closed, in the record beginning on line ${line}.`,
          { line },
        );
      }
      const content = text.slice(at + 1, close);
      lines += countLines(content);
      fields.push(content.includes(quote) ? content.replaceAll('""', quote) : content);
      at = close + 1;
    } else {
      const end = plainEnd(text, at, delimiter);
      if (end === text.length && !last) return undefined;
      const content = text.slice(at, end);
      if (content.includes(quote)) {
        throw contentError(
          path,
          `has a quote within an unquoted field on line ${line + lines}. Quote the whole field and double its quotes.`,
          { line: line + lines },
        );
      }
      // The carriage return of a line end is no part of the last field.
      fields.push(text[end] !== delimiter && content.endsWith('\r') ? content.slice(0, -1) : content);
      at = end;
    }
    quoted.push(isQuoted);
    const after = text[at];
    if (after === delimiter) {
      at += 1;
      continue;
    }
    const lineEnd = after === '\r' ? at + 1 : at;
    if (lineEnd >= text.length && last)
      return { record: { line, fields, quoted }, end: text.length, lines: lines + 1 };
    if (lineEnd >= text.length) return undefined;
    if (text[lineEnd] === '\n')
      return { record: { line, fields, quoted }, end: lineEnd + 1, lines: lines + 1 };
    throw contentError(path, `has text after a closing quote on line ${line + lines}.`, {
      line: line + lines,
    });
  }
}

/** Position of the quote that closes a field; two in a row stand for one. -1 when there is none. */
function closingQuote(text: string, from: number): number {
  let at = text.indexOf(quote, from);
  while (at !== -1 && text[at + 1] === quote) at = text.indexOf(quote, at + 2);
  return at;
}

function plainEnd(text: string, from: number, delimiter: string): number {
  const newline = text.indexOf('\n', from);
  const separator = text.indexOf(delimiter, from);
  const end = newline === -1 ? text.length : newline;
  return separator === -1 || separator > end ? end : separator;
}

function countLines(text: string): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}
