// Owns the options of CSV: what they mean, their defaults, and which of them would make cells ambiguous.
import { checkKinds, PlanError, shownOption } from '@tailrace/core/sink';
import {
  type Compression,
  type CompressionOf,
  type CompressionOptions,
  resolveCompression,
} from '../compress/compression.js';

/** How `csv` writes. */
export interface CsvOptions extends CompressionOptions {
  /**
   * Which cells are quoted: those that must be (`needed`, default), all (`all`), or all but numbers (`nonNumeric`). Null is
   * never quoted, so that readers can tell it from text.
   */
  readonly quotes?: 'needed' | 'all' | 'nonNumeric' | undefined;
  /** Whether the file begins with a byte order mark, which Excel asks for. Default false. */
  readonly bom?: boolean | undefined;
  /** What stands before the fraction of floats and decimals: `.` (default) or `,`. */
  readonly decimalSeparator?: '.' | ',' | undefined;
  /**
   * Timestamps as `iso` (default: `2001-01-01T00:10:00.000Z`, without `Z` where the column has no zone), `sql`
   * (`2001-01-01 00:10:00.000+00`, alike), or `count`: whole numbers of the column's unit since 1970.
   */
  readonly timestamps?: 'iso' | 'sql' | 'count' | undefined;
  /** Dates as `iso` (default: `2001-01-01`) or `count`: days since 1970. */
  readonly dates?: 'iso' | 'count' | undefined;
  /** One ASCII character between cells. Default `,`; for example `;` or `\t`. */
  readonly delimiter?: string | undefined;
  /** Whether the first line holds the column names. Default true. */
  readonly header?: boolean | undefined;
  /**
   * What stands for null, unquoted. Default: nothing, while an empty string is written as `""`, so that the two differ
   * for readers which tell them apart (DuckDB: `allow_quoted_nulls = false`). Strings and bytes equal to it are quoted.
   */
  readonly nullText?: string | undefined;
  /** `lf` (default, what Unix tools expect) or `crlf` (RFC 4180 to the letter). Cells with either are quoted. */
  readonly lineEnding?: 'lf' | 'crlf' | undefined;
  /**
   * Puts an apostrophe before strings that a spreadsheet would run as a formula (those beginning with `=`, `+`, `-`, `@`,
   * tab or carriage return). This changes the data; default false.
   */
  readonly formulaGuard?: boolean | undefined;
}

/** The options as the worker gets them. */
export interface CsvFormatOptions extends Compression {
  readonly quotes: 'needed' | 'all' | 'nonNumeric';
  readonly bom: boolean;
  readonly decimalSeparator: '.' | ',';
  readonly timestamps: 'iso' | 'sql' | 'count';
  readonly dates: 'iso' | 'count';
  readonly delimiter: string;
  readonly header: boolean;
  readonly nullText: string;
  readonly lineEnding: 'lf' | 'crlf';
  readonly formulaGuard: boolean;
}

/** Fills in defaults. Throws PLAN_INVALID for options with which cells could not be told apart. */
export function resolveCsvOptions(
  path: string,
  options: CsvOptions & Pick<CompressionOf, 'single'>,
): CsvFormatOptions {
  const { delimiter = ',', header = true, nullText = '', lineEnding = 'lf', formulaGuard = false } = options;
  const { quotes = 'needed', bom = false, decimalSeparator = '.' } = options;
  const { timestamps = 'iso', dates = 'iso' } = options;
  checkKinds(
    `csv(${path})`,
    options,
    {
      delimiter: 'text',
      header: 'flag',
      nullText: 'text',
      formulaGuard: 'flag',
      bom: 'flag',
      single: 'flag',
    },
    'declare csv',
  );
  const refuse = (message: string): PlanError =>
    new PlanError(`csv(${path}): ${message}`, { operation: 'declare csv' });
  if (!/^[\t\x20-\x7e]$/.test(delimiter) || /[a-zA-Z0-9"+\-.:_=/]/.test(delimiter)) {
    throw refuse(
      `the delimiter ${JSON.stringify(delimiter)} must be one ASCII character that occurs in no number, date ` +
        'or base64: "," ";" "|" or a tab.',
    );
  }
  if (lineEnding !== 'lf' && lineEnding !== 'crlf') {
    throw refuse(`lineEnding is "lf" or "crlf", not ${shownOption(lineEnding)}.`);
  }
  const mustBeOneOf = (name: string, value: string, known: readonly string[]): void => {
    if (!known.includes(value)) {
      throw refuse(
        `${name} is one of ${known.map((one) => JSON.stringify(one)).join(', ')}, not ${shownOption(value)}.`,
      );
    }
  };
  mustBeOneOf('quotes', quotes, ['needed', 'all', 'nonNumeric']);
  mustBeOneOf('decimalSeparator', decimalSeparator, ['.', ',']);
  mustBeOneOf('timestamps', timestamps, ['iso', 'sql', 'count']);
  mustBeOneOf('dates', dates, ['iso', 'count']);
  if (decimalSeparator === delimiter) {
    throw refuse(
      'a comma cannot stand between cells and before fractions; set another delimiter, for example ";".',
    );
  }
  if (timestamps === 'sql' && delimiter === ' ') {
    throw refuse('a space cannot stand between cells and within timestamps; set another delimiter.');
  }
  if (nullText.includes(delimiter) || /["\r\n]/.test(nullText)) {
    throw refuse(
      `nullText ${JSON.stringify(nullText)} may hold no delimiter, quote or line break; use for example "\\\\N".`,
    );
  }
  if (
    /^(true|false|[+-]?(nan|infinity|inf))$/i.test(nullText) ||
    /^[+-]?\d{4,}-\d\d-\d\d/.test(nullText) ||
    /^\d\d:\d\d:\d\d(\.\d+)?$/.test(nullText) ||
    (nullText.trim() !== '' && !Number.isNaN(Number(nullText.replace(decimalSeparator, '.'))))
  ) {
    throw refuse(`nullText ${JSON.stringify(nullText)} is also a value; use for example "" or "\\\\N".`);
  }
  return {
    delimiter,
    header,
    nullText,
    lineEnding,
    formulaGuard,
    quotes,
    bom,
    decimalSeparator,
    timestamps,
    dates,
    ...resolveCompression('csv', path, options),
  };
}
