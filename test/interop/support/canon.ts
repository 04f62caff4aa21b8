// Owns one way to write down values of every type, so that what readers give can be compared with the rows that were
// written: exact, and the same whatever form a value came in.
import type { DataType, TimeUnit } from '@tailrace/core/sink';

export const nanos: Readonly<Record<TimeUnit, bigint>> = {
  s: 1_000_000_000n,
  ms: 1_000_000n,
  us: 1_000n,
  ns: 1n,
};

/** A reader's own forms of values that are not nested. */
export type ReadLeaf = (type: DataType, value: unknown) => unknown;

/** Entries of maps are in the order of their keys: objects of JavaScript have one of their own. */
export function canonOf(type: DataType, value: unknown, leaf: ReadLeaf): unknown {
  if (value === null || value === undefined) return null;
  const inner = (of: DataType, one: unknown): unknown => canonOf(of, one, leaf);
  switch (type.kind) {
    case 'list':
    case 'fixed_list':
      return itemsOf(value).map((one) => inner(type.item.type, one));
    case 'struct':
      return type.fields.map(({ name, type: of }) => [name, inner(of, membersOf(value)[name])]);
    case 'map':
      return pairsOf(value)
        .map(([key, of]) => [String(inner(type.key.type, key)), inner(type.value.type, of)] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1));
    default:
      return leaf(type, value);
  }
}

type Loose = Readonly<Record<string, unknown>>;

/** DuckDB and Arrow have lists of their own. */
function itemsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  const { items } = value as { readonly items?: readonly unknown[] };
  return items ?? [...(value as Iterable<unknown>)];
}

/** DuckDB has the members of structs within `entries`. */
function membersOf(value: unknown): Loose {
  const { entries } = value as { readonly entries?: unknown };
  return typeof entries === 'object' && entries !== null && !Array.isArray(entries)
    ? (entries as Loose)
    : (value as Loose);
}

function pairsOf(value: unknown): readonly (readonly [unknown, unknown])[] {
  if (value instanceof Map) return [...value];
  const entries = Array.isArray(value) ? value : (value as { readonly entries?: unknown }).entries;
  if (Array.isArray(entries)) return (entries as readonly Loose[]).map(({ key, value: of }) => [key, of]);
  return Object.entries(value as Loose);
}

export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const numberOf = (value: unknown): string => (Object.is(value, -0) ? '-0' : String(value));
export const dayOf = (date: Date): string => date.toISOString().slice(0, -14);

/** Rows as they were given. `seconds` is the unit that the format stores seconds in. */
export const written =
  (seconds: TimeUnit): ReadLeaf =>
  (type, value) => {
    switch (type.kind) {
      case 'timestamp':
        if (value instanceof Date) return String(BigInt(value.getTime()) * nanos.ms);
        return String(BigInt(value as number | bigint) * nanos[type.unit]);
      case 'time':
        return String(BigInt(value as number) * nanos[type.unit]);
      case 'duration':
        return String(BigInt(value as number | bigint) * (type.unit === 's' ? nanos.s / nanos[seconds] : 1n));
      case 'date':
        return dayOf(value as Date);
      case 'binary':
      case 'fixed_binary':
        return hexOf(value as Uint8Array);
      case 'float16':
      case 'float32':
      case 'float64':
        return numberOf(value);
      case 'decimal':
        return typeof value === 'bigint' ? decimalText(value, type.scale) : String(value);
      default:
        return String(value);
    }
  };

export function decimalText(units: bigint, scale: number): string {
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0');
  const sign = units < 0n ? '-' : '';
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

const clock = /^(\d\d):(\d\d):(\d\d)(?:\.(\d+))?$/;

function clockNanos(text: string): bigint {
  const [, hours = '', minutes = '', seconds = '', fraction = ''] = clock.exec(text) ?? [];
  const whole = BigInt(hours) * 3_600n + BigInt(minutes) * 60n + BigInt(seconds);
  return whole * nanos.s + BigInt(fraction.padEnd(9, '0'));
}

/** Years beyond four digits have six in JavaScript. */
function extended(day: string): string {
  const [, sign = '', year = '', rest = ''] = /^([+-]?)(\d{4,})(-.*)$/.exec(day) ?? [];
  return sign === '' ? day : `${sign}${year.padStart(6, '0')}${rest}`;
}

/** What stands in text files: strings, and the numbers and booleans of JSON. */
export const fromText: ReadLeaf = (type, value) => {
  const text = String(value);
  switch (type.kind) {
    case 'timestamp': {
      const [day = '', time = ''] = text.replace('Z', '').split('T');
      return String(BigInt(Date.parse(`${extended(day)}T00:00:00Z`)) * nanos.ms + clockNanos(time));
    }
    case 'time':
      return String(clockNanos(text));
    case 'date':
      return dayOf(new Date(`${extended(text)}T00:00:00Z`));
    case 'binary':
    case 'fixed_binary':
      return Buffer.from(text, 'base64').toString('hex');
    case 'float16':
    case 'float32':
    case 'float64':
      return numberOf(typeof value === 'number' ? value : Number(text));
    default:
      return text;
  }
};
