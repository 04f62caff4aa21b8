// Owns the options of CSV: what they mean, their defaults, and which of them would make cells ambiguous.
import { checkKinds, PlanError, shownOption } from '@tailrace/core/sink';
import {
  type Compression,
  type CompressionOf,
  type CompressionOptions,
  resolveCompression,
} from '../compress/compression.js';

export interface CsvOptions extends CompressionOptions {
  /** One ASCII character between cells. Default `,`; for example `;` or `\t`. */
  readonly delimiter?: string | undefined;
  /** Whether the first line holds the column names. Default true. */
  readonly header?: boolean | undefined;
  /**
   * What stands for null, unquoted. Default: nothing, while an empty string is written as `""`, so that the two differ
   * for readers which tell them apart (DuckDB: `allow_quoted_nulls = false`). A string equal to it is quoted.
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
  checkKinds(
    `csv(${path})`,
    options,
    { delimiter: 'text', header: 'flag', nullText: 'text', formulaGuard: 'flag', single: 'flag' },
    'declare csv',
  );
  const refuse = (message: string): PlanError =>
    new PlanError(`csv(${path}): ${message}`, { operation: 'declare csv' });
  if (!/^[\t\x20-\x7e]$/.test(delimiter) || /[a-zA-Z0-9"+\-.:_]/.test(delimiter)) {
    throw refuse(
      `the delimiter ${JSON.stringify(delimiter)} must be one ASCII character that occurs in no number or date: "," ";" "|" or a tab.`,
    );
  }
  if (lineEnding !== 'lf' && lineEnding !== 'crlf') {
    throw refuse(`lineEnding is "lf" or "crlf", not ${shownOption(lineEnding)}.`);
  }
  if (nullText.includes(delimiter) || /["\r\n]/.test(nullText)) {
    throw refuse(
      `nullText ${JSON.stringify(nullText)} may hold no delimiter, quote or line break; use for example "\\\\N".`,
    );
  }
  if (
    /^(true|false|[+-]?(nan|infinity|inf))$/i.test(nullText) ||
    (nullText.trim() !== '' && !Number.isNaN(Number(nullText)))
  ) {
    throw refuse(`nullText ${JSON.stringify(nullText)} is also a value; use for example "" or "\\\\N".`);
  }
  return {
    delimiter,
    header,
    nullText,
    lineEnding,
    formulaGuard,
    ...resolveCompression('csv', path, options),
  };
}
