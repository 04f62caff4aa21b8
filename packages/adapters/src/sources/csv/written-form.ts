// Owns what CSV files may write otherwise than the text of a type: fractions after a comma, points in time as counts.
import type { DataType } from '@tailrace/core';
import { TextProblem } from '../text/text-problem.js';
import { type ParseText, textParser } from '../text/text-values.js';

/** How values are written, where it is not as their types have it. */
export interface CsvForms {
  /** What stands before the fraction of floats and decimals: `.` (default) or `,`. With a schema. */
  readonly decimalSeparator?: '.' | ',';
  /** Timestamps as `text` (default: ISO 8601, with `T` or a space) or `count`: whole numbers of the column's unit since 1970. */
  readonly timestamps?: 'text' | 'count';
  /** Dates as `text` (default: `YYYY-MM-DD`) or `count`: days since 1970. */
  readonly dates?: 'text' | 'count';
}

const perMs = { ms: 1n, us: 1_000n, ns: 1_000_000n } as const;
const dayMs = 86_400_000;
/** The utmost that a Date can hold, in milliseconds. */
const utmostMs = 8.64e15;

/** The parser of a type that is not written in its usual form; undefined when it is. */
export function writtenForm(type: DataType, forms: CsvForms): ParseText | undefined {
  switch (type.kind) {
    case 'float16':
    case 'float32':
    case 'float64':
    case 'decimal':
      return forms.decimalSeparator === ',' ? afterComma(textParser(type)) : undefined;
    case 'timestamp':
      return forms.timestamps === 'count' ? counted(type) : undefined;
    case 'date':
      return forms.dates === 'count' ? days : undefined;
    default:
      return undefined;
  }
}

function afterComma(parse: ParseText): ParseText {
  return (text) => {
    // Else 1.234 would be a number, whatever its writer meant.
    if (text.includes('.')) throw new TextProblem('has a point, and fractions stand after a comma');
    return parse(text.replace(',', '.'));
  };
}

function counted({ unit, js }: Extract<DataType, { readonly kind: 'timestamp' }>): ParseText {
  const parse = textParser({ kind: 'int64', js: js === 'number' ? 'number' : 'bigint' });
  if (js !== 'date') return parse;
  return (text) => {
    // What a parser of bigints gives. A number would round nanoseconds before anything is asked of them.
    const count = parse(text) as bigint;
    if (unit === 's') return dateOf(Number(count) * 1_000, 'is no moment of a Date');
    if (count % perMs[unit] !== 0n) throw new TextProblem('is finer than a Date, which counts milliseconds');
    return dateOf(Number(count / perMs[unit]), 'is no moment of a Date');
  };
}

const wholeDays = textParser({ kind: 'int64', js: 'number' });
const days: ParseText = (text) => dateOf(Number(wholeDays(text)) * dayMs, 'is no day');

function dateOf(ms: number, problem: string): Date {
  if (!Number.isInteger(ms)) throw new TextProblem(problem);
  if (Math.abs(ms) > utmostMs) throw new TextProblem('is beyond what a Date can hold');
  return new Date(ms);
}
