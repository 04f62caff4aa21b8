// Owns the one text for a value of a column, whoever tells it: the row that was given, or a reader of the file. Written from
// what the types mean, with nothing of the product.
import type { DataType } from '@tailrace/core';

const dayMs = 86_400_000;
const perSecond = { s: 1n, ms: 1_000n, us: 1_000_000n, ns: 1_000_000_000n } as const;
type Unit = keyof typeof perSecond;

const float = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

/** Of a value in a row; undefined when it is none of the column's, so that nothing may be read for it. */
export function canon(type: DataType, value: unknown): string | null | undefined {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case 'bool':
      return typeof value === 'boolean' ? String(value) : undefined;
    case 'int32':
      return typeof value === 'number' && (value | 0) === value ? String(value) : undefined;
    case 'int64':
      return readable(type.js, wholeText(value));
    case 'float64':
      return typeof value === 'number' ? float(value) : undefined;
    case 'timestamp':
      if (isDate(value)) return readable(type.js, ticksText(value.getTime(), type.unit));
      return type.js === 'date' ? undefined : readable(type.js, wholeText(value));
    case 'date':
      return isDate(value) && value.getTime() % dayMs === 0 ? String(value.getTime() / dayMs + 0) : undefined;
    case 'utf8':
    case 'dictionary':
      return typeof value === 'string' && !/\p{Surrogate}/u.test(value) ? value : undefined;
    default:
      throw new RangeError(`this campaign has no columns of ${type.kind}`);
  }
}

function isDate(value: unknown): value is Date {
  try {
    return value instanceof Date && !Number.isNaN(value.getTime());
  } catch {
    // Not made by Date: it has the prototype alone.
    return false;
  }
}

function wholeText(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  return typeof value === 'bigint' && BigInt.asIntN(64, value) === value ? String(value) : undefined;
}

/** A column whose rows have numbers holds nothing beyond 2^53. */
function readable(js: 'bigint' | 'number' | 'date', text: string | undefined): string | undefined {
  return js === 'number' && !Number.isSafeInteger(Number(text)) ? undefined : text;
}

function ticksText(ms: number, unit: Unit): string | undefined {
  const ticks = BigInt(ms) * perSecond[unit];
  return ticks % 1_000n === 0n ? String(ticks / 1_000n) : undefined;
}

/** Of a cell of CSV, or of a string or number that JSON has for the column. */
export function canonOfText(type: DataType, text: string | null): string | null {
  if (text === null) return null;
  switch (type.kind) {
    case 'bool':
    case 'int32':
    case 'int64':
    case 'utf8':
    case 'dictionary':
      return text;
    case 'float64':
      return float(Number(text.replace(/^(-?)inf$/i, '$1Infinity')));
    case 'date':
      return String(daysOf(text));
    case 'timestamp': {
      const [, day = '', hours = '', minutes = '', seconds = '', fraction = ''] =
        /^([+-]?\d+-\d\d-\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?Z?$/.exec(text) ?? [];
      const unit = perSecond[type.unit];
      const time = BigInt(hours) * 3_600n + BigInt(minutes) * 60n + BigInt(seconds);
      const parts = (BigInt(fraction.padEnd(9, '0')) * unit) / 1_000_000_000n;
      return String((daysOf(day) * 86_400n + time) * unit + parts);
    }
    default:
      throw new RangeError(`this campaign has no columns of ${type.kind}`);
  }
}

/** Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`. */
function daysOf(text: string): bigint {
  const [, yearText = '0', monthText = '1', dayText = '1'] = /^([+-]?\d+)-(\d\d)-(\d\d)$/.exec(text) ?? [];
  const month = BigInt(monthText);
  const year = BigInt(yearText.replace('+', '')) - (month <= 2n ? 1n : 0n);
  const era = (year >= 0n ? year : year - 399n) / 400n;
  const yearOfEra = year - era * 400n;
  const dayOfYear = (153n * (month + (month > 2n ? -3n : 9n)) + 2n) / 5n + BigInt(dayText) - 1n;
  return era * 146_097n + yearOfEra * 365n + yearOfEra / 4n - yearOfEra / 100n + dayOfYear - 719_468n;
}
