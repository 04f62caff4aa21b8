// Owns one way to write down values of every type, so that what readers give can be compared with what was written: exact,
// and the same whatever form a value came in. Not part of the package.
import type { DataType, TimeUnit } from '@tailrace/core/sink';

const nanos: Readonly<Record<TimeUnit, bigint>> = { s: 1_000_000_000n, ms: 1_000_000n, us: 1_000n, ns: 1n };

type Loose = Readonly<Record<string, unknown>>;

/** A reader's own forms of leaves. */
export type ReadLeaf = (type: DataType, value: unknown) => unknown;

/**
 * @param leaf of a value that is not null and not nested
 */
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
      // In the order of their keys: objects of JavaScript, which some readers give, have one of their own.
      return pairsOf(value)
        .map(([key, of]) => [String(inner(type.key.type, key)), inner(type.value.type, of)] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1));
    default:
      return leaf(type, value);
  }
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : (membersOf(value).items as readonly unknown[]);
}

/** DuckDB has the members of structs within `entries`. */
function membersOf(value: unknown): Loose {
  const { entries } = value as { readonly entries?: Loose };
  return typeof entries === 'object' && !Array.isArray(entries) ? entries : (value as Loose);
}

function pairsOf(value: unknown): readonly (readonly [unknown, unknown])[] {
  if (value instanceof Map) return [...value];
  const entries = Array.isArray(value) ? value : (value as { readonly entries?: unknown }).entries;
  if (Array.isArray(entries)) {
    return (entries as readonly Loose[]).map(({ key, value: of }) => [key, of]);
  }
  return Object.entries(value as Loose);
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const numberOf = (value: unknown): string => (Object.is(value, -0) ? '-0' : String(value));

/** What was given to the encoder. `seconds` is the unit that seconds are stored in. */
export const written =
  (seconds: TimeUnit): ReadLeaf =>
  (type, value) => {
    switch (type.kind) {
      case 'timestamp':
      case 'time':
        return String(BigInt(value as number | bigint) * nanos[type.unit]);
      case 'duration': {
        const scale = type.unit === 's' ? nanos.s / nanos[seconds] : 1n;
        return String(BigInt(value as number | bigint) * scale);
      }
      case 'date':
        return (value as Date).toISOString().slice(0, -14);
      case 'binary':
      case 'fixed_binary':
        return hexOf(value as Uint8Array);
      case 'float16':
      case 'float32':
      case 'float64':
        return numberOf(value);
      default:
        return String(value);
    }
  };

/** What DuckDB gives for Parquet. */
export const fromDuck: ReadLeaf = (type, value) => {
  const parts = value as {
    readonly micros?: bigint;
    readonly nanos?: bigint;
    readonly days?: number;
    readonly bytes?: Uint8Array;
    readonly millis?: bigint;
    readonly nanoseconds?: bigint;
  };
  switch (type.kind) {
    case 'timestamp':
    case 'time': {
      if (parts.micros !== undefined) return String(parts.micros * nanos.us);
      if (parts.millis !== undefined) return String(parts.millis * nanos.ms);
      return String(parts.nanos ?? parts.nanoseconds);
    }
    case 'date':
      return new Date((parts.days ?? Number.NaN) * 86_400_000).toISOString().slice(0, -14);
    case 'binary':
    case 'fixed_binary':
      return parts.bytes && hexOf(parts.bytes);
    case 'float16':
    case 'float32':
    case 'float64':
      return numberOf(value);
    default:
      return String(value);
  }
};

const clock = /^(\d\d):(\d\d):(\d\d)(?:\.(\d+))?$/;

function clockNanos(text: string): bigint {
  const [, hours = '', minutes = '', seconds = '', fraction = ''] = clock.exec(text) ?? [];
  const whole = BigInt(hours) * 3_600n + BigInt(minutes) * 60n + BigInt(seconds);
  return whole * nanos.s + BigInt(fraction.padEnd(9, '0'));
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
      return new Date(`${extended(text)}T00:00:00Z`).toISOString().slice(0, -14);
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

/** Years beyond four digits have six in JavaScript. */
function extended(day: string): string {
  const [, sign = '', year = '', rest = ''] = /^([+-]?)(\d{4,})(-.*)$/.exec(day) ?? [];
  return sign === '' ? day : `${sign}${year.padStart(6, '0')}${rest}`;
}
