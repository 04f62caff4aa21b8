// Owns how what the readers of these tests give becomes the values that the suites' sample rows have, whatever form a
// reader has for a type.
import type { DataType, Field, TimeUnit } from '@tailrace/core/sink';

type Loose = Readonly<Record<string, unknown>>;

const perSecond: Readonly<Record<TimeUnit, number>> = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 };

/**
 * @param field of the column, or within it
 * @param value text, numbers or the objects of the reader; nothing for null
 */
export function cellOf(field: Pick<Field, 'type'>, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  const { type } = field;
  switch (type.kind) {
    case 'bool':
      return typeof value === 'string' ? value === 'true' : value;
    case 'int64':
    case 'uint64':
    case 'duration':
      return type.js === 'number' ? Number(value) : BigInt(value as string | number | bigint);
    case 'decimal':
      return decimalOf(type, value);
    case 'timestamp':
    case 'date':
      return value instanceof Date ? value : new Date(typeof value === 'string' ? value : Number(value));
    case 'time':
      return typeof value === 'string' ? ticksOf(value, type.unit) : Number(value);
    case 'utf8':
    case 'dictionary':
      return value;
    case 'binary':
    case 'fixed_binary':
      return bytesOf(value);
    case 'list':
    case 'fixed_list':
      return Array.from(value as Iterable<unknown>, (one) => cellOf(type.item, one));
    case 'struct':
      return Object.fromEntries(
        type.fields.map((inner) => [inner.name, cellOf(inner, (value as Loose)[inner.name])]),
      );
    case 'map':
      return new Map(
        entriesOf(value).map(([key, of]) => [cellOf(type.key, key), cellOf(type.value, of)] as const),
      );
    case 'null':
      return value;
    default:
      return Number(value);
  }
}

function entriesOf(value: unknown): readonly (readonly [unknown, unknown])[] {
  if (value instanceof Map) return [...value];
  return Object.entries(value as Loose);
}

function bytesOf(value: unknown): Uint8Array {
  return typeof value === 'string'
    ? new Uint8Array(Buffer.from(value, 'base64'))
    : new Uint8Array(value as Uint8Array);
}

/** The digits as they stand, or those of an integer that counts in the last one. */
function decimalOf(type: DataType & { readonly kind: 'decimal' }, value: unknown): string | bigint {
  const digits = typeof value === 'bigint' ? textOf(value, type.scale) : String(value);
  return type.js === 'string' ? digits : BigInt(digits.replace('.', ''));
}

function textOf(units: bigint, scale: number): string {
  if (scale === 0) return String(units);
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0');
  return `${units < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function ticksOf(time: string, unit: TimeUnit): number {
  const [, hours, minutes, seconds, fraction = ''] = /^(\d\d):(\d\d):(\d\d)(?:\.(\d+))?$/.exec(time) ?? [];
  const whole = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  return whole * perSecond[unit] + Number(`0.${fraction || '0'}`.padEnd(3, '0')) * perSecond[unit];
}
