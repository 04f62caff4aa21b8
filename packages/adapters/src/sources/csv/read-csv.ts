// Owns the CSV source: records of a file become row objects, as strings or typed by a schema.
import {
  checkKinds,
  checkSchema,
  type Field,
  PlanError,
  type Schema,
  type Source,
  shownOption,
  TailraceError,
  ValueError,
} from '@tailrace/core';
import { contentError } from '../file-error.js';
import { fingerprintOfFiles } from '../file-fingerprint.js';
import type { RemoteFile } from '../remote/remote-file.js';
import { checkUrls } from '../remote/stores.js';
import { eachFile, takesStores } from '../remote/with-stores.js';
import { rowsFromColumns } from '../row-maker.js';
import { readText, type TextFileOptions } from '../text/open-text.js';
import { TextProblem } from '../text/text-problem.js';
import { type ParseText, textParser } from '../text/text-values.js';
import { type CsvRecord, createCsvScanner } from './csv-records.js';
import { type CsvForms, writtenForm } from './written-form.js';

export interface ReadCsvOptions extends TextFileOptions, CsvForms {
  /** One character. Default `,`. */
  readonly delimiter?: string;
  /** Column names of a file without a header line. Default: the first record. */
  readonly header?: readonly string[];
  /**
   * Unquoted text that stands for null. Default with a schema: the empty text, in nullable columns; without one: none.
   * `NA` is text unless it is named here.
   */
  readonly nullText?: string;
  /** Rows per chunk. Default 4,096. */
  readonly chunkRows?: number;
  /** Longest record in characters. Default 1,048,576. */
  readonly maxRecordLength?: number;
}

export interface ReadCsvSchema<R> extends ReadCsvOptions {
  /** Columns to read and their types; columns of the file that are not in it are left out. */
  readonly schema: Schema<R>;
}

/**
 * A source over a CSV file after RFC 4180: quoted fields, doubled quotes, line ends within quotes, CRLF or LF, UTF-8 with
 * or without byte order mark, gzip, Brotli or Zstandard by the name ending `.gz`, `.br` or `.zst`. (The window of
 * a `.zst`, up to 128 MiB, is held while it is read, and no budget counts it.) Every record must have as many fields as the header.
 *
 * Without a schema every value is a string. With one, values are parsed exactly: a text that is no value of its column
 * throws VALUE_INVALID with line and column. Dates are `YYYY-MM-DD`, timestamps ISO 8601 with `T` or a space, times of day
 * `HH:MM:SS` with any fraction, durations counts of their unit, bytes base64.
 *
 * Opening throws SOURCE_FAILED for files that are missing or malformed, SCHEMA_INVALID for declared columns that are
 * not in the file.
 *
 * @param path of a file, or a URL of one in a store, which may be a pattern: `s3://bucket/prefix/*.csv`
 * @example readCsv('airports.csv', { schema: defineSchema({ iata: utf8(), latitude: float64() }) })
 */
export function readCsv<R>(path: string, options: ReadCsvSchema<R>): Source<R>;
export function readCsv<const H extends string>(
  path: string,
  options: ReadCsvOptions & { readonly header: readonly H[]; readonly nullText: string },
): Source<Record<H, string | null>>;
export function readCsv<const H extends string>(
  path: string,
  options: ReadCsvOptions & { readonly header: readonly H[] },
): Source<Record<H, string>>;
export function readCsv(
  path: string,
  options: ReadCsvOptions & { readonly nullText: string },
): Source<Record<string, string | null>>;
export function readCsv(path: string, options?: ReadCsvOptions): Source<Record<string, string>>;
export function readCsv(
  path: string,
  options: ReadCsvOptions & { readonly schema?: Schema } = {},
): Source<object> {
  checkUrls('readCsv', [path]);
  const settings = checked(path, options);
  if (options.schema !== undefined) checkSchema(options.schema, `readCsv('${path}')`, 'declare source');
  return {
    name: path,
    fingerprint: (signal) => fingerprintOfFiles([path], options, signal, 'readCsv'),
    ...takesStores([path], options, (given) => readCsv(path, given) as Source<object>),
    async *open(signal) {
      const { stores } = options;
      let first: readonly string[] | undefined;
      const sameColumns = (file: string, names: readonly string[]): void => {
        first ??= names;
        if (options.schema !== undefined || names.join('\0') === first.join('\0')) return;
        throw schemaError(file, `has the columns ${listOf(names)}, and files before it ${listOf(first)}`);
      };
      for await (const file of eachFile([path], { stores, what: 'readCsv' }, signal))
        yield* rowsOfCsv(file, options, { ...settings, path: file.path }, sameColumns, signal);
    },
  };
}

async function* rowsOfCsv(
  { path, remote }: { readonly path: string; readonly remote: RemoteFile | undefined },
  options: ReadCsvOptions & { readonly schema?: Schema },
  settings: Settings,
  foundColumns: (path: string, names: readonly string[]) => void,
  signal: AbortSignal,
): AsyncGenerator<readonly object[]> {
  const { chunkRows } = settings;
  const scanner = createCsvScanner(settings);
  let makeRows: ((records: readonly CsvRecord[]) => object[]) | undefined;
  let waiting: CsvRecord[] = [];
  const take = (records: CsvRecord[]): void => {
    if (makeRows === undefined) {
      const names = options.header ?? records.shift()?.fields;
      if (names === undefined) return;
      foundColumns(path, names);
      makeRows = rowMaker(path, names, options);
    }
    waiting = waiting.length === 0 ? records : waiting.concat(records);
  };
  for await (const text of readText(path, options, signal, remote)) {
    take(scanner.push(text));
    let from = 0;
    for (; makeRows !== undefined && waiting.length - from >= chunkRows; from += chunkRows) {
      yield makeRows(waiting.slice(from, from + chunkRows));
      signal.throwIfAborted();
    }
    if (from > 0) waiting = waiting.slice(from);
  }
  take(scanner.finish());
  if (makeRows === undefined) throw contentError(path, 'is empty: it has no header line.');
  for (let from = 0; from < waiting.length; from += chunkRows) {
    yield makeRows(waiting.slice(from, from + chunkRows));
    signal.throwIfAborted();
  }
}

const forms = {
  decimalSeparator: ['.', ','],
  timestamps: ['text', 'count'],
  dates: ['text', 'count'],
} as const;

interface Settings {
  readonly path: string;
  readonly delimiter: string;
  readonly maxRecordLength: number;
  readonly chunkRows: number;
}

function checked(path: string, options: ReadCsvOptions): Settings {
  const { delimiter = ',', maxRecordLength = 1_048_576, chunkRows = 4_096 } = options;
  const context = { operation: 'declare source', context: { path } };
  checkKinds(
    `readCsv('${path}')`,
    options,
    { delimiter: 'text', header: 'texts', nullText: 'text', gzip: 'flag' },
    context.operation,
  );
  if (delimiter.length !== 1 || delimiter === '"' || delimiter === '\n' || delimiter === '\r') {
    throw new PlanError(
      `The delimiter of '${path}' must be one character other than a quote or a line end.`,
      context,
    );
  }
  for (const [option, words] of Object.entries(forms)) {
    const value: unknown = options[option as keyof typeof forms];
    if (value === undefined || (words as readonly unknown[]).includes(value)) continue;
    throw new PlanError(
      `${option} of '${path}' must be ${words.map(shownOption).join(' or ')}, got ${shownOption(value)}.`,
      context,
    );
  }
  for (const [option, value] of Object.entries({ maxRecordLength, chunkRows })) {
    if (Number.isSafeInteger(value) && value > 0) continue;
    throw new PlanError(
      `${option} of '${path}' must be a positive whole number, got ${shownOption(value)}.`,
      context,
    );
  }
  return { path, delimiter, maxRecordLength, chunkRows };
}

interface Column {
  readonly name: string;
  /** Position in the record. */
  readonly index: number;
  readonly parse: ParseText | undefined;
  readonly nullText: string | undefined;
}

function rowMaker(
  path: string,
  names: readonly string[],
  options: ReadCsvOptions & { readonly schema?: Schema },
): (records: readonly CsvRecord[]) => object[] {
  const columns = columnsOf(path, names, options);
  const makeRows = rowsFromColumns(columns.map((column) => column.name));
  return (records) => {
    for (const record of records) {
      if (record.fields.length !== names.length) {
        throw contentError(
          path,
          `has ${record.fields.length} fields on line ${record.line}, but ${names.length} columns.`,
          { line: record.line },
        );
      }
    }
    const values = columns.map((column) => records.map((record) => cellOf(path, column, record)));
    return makeRows(values, records.length);
  };
}

function cellOf(path: string, column: Column, record: CsvRecord): unknown {
  const text = record.fields[column.index] ?? '';
  if (text === column.nullText && record.quoted?.[column.index] !== true) return null;
  if (column.parse === undefined) return text;
  try {
    return column.parse(text);
  } catch (error) {
    if (!(error instanceof TextProblem)) throw error;
    throw new ValueError(
      `'${path}', line ${record.line}, column '${column.name}': ${JSON.stringify(text.slice(0, 80))} ${error.message}.`,
      { operation: 'read source', context: { path, line: record.line, column: column.name } },
    );
  }
}

function columnsOf(
  path: string,
  names: readonly string[],
  options: ReadCsvOptions & { readonly schema?: Schema },
): Column[] {
  const positions = new Map(names.map((name, index) => [name, index]));
  if (positions.size !== names.length) {
    const twice = names.find((name, index) => positions.get(name) !== index);
    throw schemaError(path, `has two columns named '${twice}'. Name them with the option header`);
  }
  if (options.schema === undefined) {
    return names.map((name, index) => ({ name, index, parse: undefined, nullText: options.nullText }));
  }
  const missing = options.schema.fields.filter((field) => !positions.has(field.name));
  if (missing.length > 0) {
    throw schemaError(
      path,
      `has no column ${listOf(missing.map((field) => field.name))}; its columns are ${listOf(names)}`,
    );
  }
  return options.schema.fields.map((field) => typedColumn(field, positions.get(field.name) ?? 0, options));
}

const listOf = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');

/** Without a nullText of its own, a nullable column takes the empty text as null, as most writers mean it. */
function typedColumn(field: Field, index: number, options: ReadCsvOptions): Column {
  return {
    name: field.name,
    index,
    parse: writtenForm(field.type, options) ?? textParser(field.type),
    nullText: field.nullable ? (options.nullText ?? '') : undefined,
  };
}

function schemaError(path: string, problem: string): TailraceError {
  return new TailraceError(`'${path}' ${problem}.`, {
    code: 'SCHEMA_INVALID',
    operation: 'open source',
    context: { path },
  });
}
