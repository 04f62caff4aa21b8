// Owns the way from decoded values of MessagePack to those of rows: of declared columns exact or an error, else as plain as they come.
import { ExtData } from '@msgpack/msgpack';
import type { DataType, Field, TimeUnit } from '@tailrace/core';
import { TextProblem } from '../text/text-problem.js';
import { textParser } from '../text/text-values.js';
import { Instant, isMap, keyOf, keyText } from './decode.js';

type Convert = (value: unknown) => unknown;

/** The value of a column. The function throws TextProblem, the end of a sentence that begins with the value. */
export function columnConverter({ type, nullable }: Pick<Field, 'type' | 'nullable'>): Convert {
  const convert = converter(type);
  return (value) => {
    if (value !== null && value !== undefined) return convert(value);
    if (nullable) return null;
    const problem = value === null ? 'is null' : 'is missing';
    throw new TextProblem(`${problem}, but the column is declared without nulls`);
  };
}

function refuse(problem: string): never {
  throw new TextProblem(problem);
}

const ranges = {
  int8: [-128, 127],
  int16: [-32_768, 32_767],
  int32: [-2_147_483_648, 2_147_483_647],
  uint8: [0, 255],
  uint16: [0, 65_535],
  uint32: [0, 4_294_967_295],
} as const;
const wide = {
  int64: [-(2n ** 63n), 2n ** 63n],
  uint64: [0n, 2n ** 64n],
  duration: [-(2n ** 63n), 2n ** 63n],
} as const;

function converter(type: DataType): Convert {
  switch (type.kind) {
    case 'bool':
      return (value) => (typeof value === 'boolean' ? value : refuse('is not true or false'));
    case 'int8':
    case 'int16':
    case 'int32':
    case 'uint8':
    case 'uint16':
    case 'uint32': {
      const [least, most] = ranges[type.kind];
      return (value) => {
        const whole = Number(wholeOf(value));
        return whole >= least && whole <= most ? whole : refuse(`is not from ${least} to ${most}`);
      };
    }
    case 'time': {
      const day = 86_400 * Number(perSecond[type.unit]);
      return (value) => {
        const count = Number(wholeOf(value));
        return count >= 0 && count < day
          ? count
          : refuse(`is no time of a day, which has ${type.unit} from 0 to ${day - 1}`);
      };
    }
    case 'int64':
    case 'uint64':
    case 'duration': {
      const [least, beyond] = wide[type.kind];
      return (value) => {
        const whole = wholeOf(value);
        if (whole < least || whole >= beyond) refuse('does not fit 64 bits');
        return type.js === 'bigint' ? whole : safe(whole);
      };
    }
    case 'float16':
    case 'float32':
    case 'float64':
      return (value) => {
        if (typeof value === 'number') return value;
        const near = Number(wholeOf(value));
        return BigInt(near) === value ? near : refuse('is beyond 2^53 and has no exact float');
      };
    case 'decimal': {
      const parse = textParser(type);
      return (value) => parse(textOf(value));
    }
    case 'timestamp':
      return (value) => timeOf(instantOf(value), type.unit, type.js);
    case 'date':
      return (value) => {
        const { seconds, nanoseconds } = instantOf(value);
        if (nanoseconds !== 0 || seconds % 86_400 !== 0) refuse('is not midnight UTC of a day');
        return dateOf(seconds * 1_000);
      };
    case 'utf8':
    case 'dictionary':
      return textOf;
    case 'binary':
      return bytesOf;
    case 'fixed_binary':
      return (value) => {
        const bytes = bytesOf(value);
        return bytes.length === type.width ? bytes : refuse(`has ${bytes.length} bytes, not ${type.width}`);
      };
    case 'null':
      return () => refuse('is not null');
    case 'list':
    case 'fixed_list': {
      const item = columnConverter(type.item);
      return (value) => {
        if (!Array.isArray(value)) return refuse('is not an array');
        if (type.kind === 'fixed_list' && value.length !== type.size)
          refuse(`has ${value.length} items, not ${type.size}`);
        return value.map(item);
      };
    }
    case 'struct': {
      const fields = type.fields.map(
        (field) => [field.name, keyText(field.name), columnConverter(field)] as const,
      );
      return (value) => {
        const given = objectOf(value);
        return Object.fromEntries(fields.map(([name, key, convert]) => [name, convert(given[key])]));
      };
    }
    case 'map': {
      const key = columnConverter(type.key);
      const of = columnConverter(type.value);
      return (value) =>
        new Map(Object.entries(objectOf(value)).map(([text, one]) => [key(keyOf(text)), of(one)]));
    }
  }
}

function wholeOf(value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  return typeof value === 'number' && Number.isSafeInteger(value)
    ? BigInt(value)
    : refuse('is not a whole number');
}

function safe(whole: bigint): number {
  const value = Number(whole);
  return Number.isSafeInteger(value)
    ? value
    : refuse("is beyond 2^53 and has no exact number; declare js: 'bigint'");
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : refuse('is not a string');
}

/** A copy: what was decoded is a view of bytes that are used again. */
function bytesOf(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? new Uint8Array(value) : refuse('is not bytes');
}

function instantOf(value: unknown): Instant {
  return value instanceof Instant ? value : refuse('is not a timestamp (extension -1)');
}

/** The object that the library has made of a map. */
export function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return isMap(value) ? value : refuse('is not a map');
}

const perSecond = { s: 1n, ms: 1_000n, us: 1_000_000n, ns: 1_000_000_000n } as const;

function timeOf(instant: Instant, unit: TimeUnit, js: 'date' | 'number' | 'bigint'): Date | number | bigint {
  if (js === 'date') return dateOf(millisecondsOf(instant));
  const perUnit = 1_000_000_000n / perSecond[unit];
  const nanoseconds = BigInt(instant.nanoseconds);
  if (nanoseconds % perUnit !== 0n) refuse(`is finer than the unit of the column (${unit})`);
  const ticks = BigInt(instant.seconds) * perSecond[unit] + nanoseconds / perUnit;
  if (ticks < wide.int64[0] || ticks >= wide.int64[1]) refuse('does not fit 64 bits in this unit');
  return js === 'bigint' ? ticks : safe(ticks);
}

function millisecondsOf({ seconds, nanoseconds }: Instant): number {
  if (nanoseconds % 1_000_000 !== 0)
    refuse(
      "has a fraction of a millisecond, which Date cannot hold; declare the column as timestamp with js: 'bigint'",
    );
  return seconds * 1_000 + nanoseconds / 1_000_000;
}

function dateOf(milliseconds: number): Date {
  const date = new Date(milliseconds);
  return date.getTime() === milliseconds ? date : refuse('is outside the range of Date');
}

/** A value of no declared type: times as Dates, maps as objects, or as Maps where a key is no string. Throws TextProblem. */
export function plainValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(plainValue);
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (value instanceof Instant) return dateOf(millisecondsOf(value));
  if (value instanceof ExtData) return refuse(`is of the extension ${value.type}, which is not known here`);
  const entries = Object.entries(value).map(([text, one]) => [keyOf(text), plainValue(one)] as const);
  return entries.every(([key]) => typeof key === 'string') ? Object.fromEntries(entries) : new Map(entries);
}
