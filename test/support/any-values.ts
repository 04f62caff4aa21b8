// Owns random values of every type of column, near its edges often. They are such as the readers of the tests hold, too: times
// within the range of a Date, and of microseconds of 64 bits.
import type { DataType, Field } from '@tailrace/core';
import { numberOfHalf } from '@tailrace/core/sink';

export interface Random {
  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number;
  /** Any 32 bits, as a number from 0. */
  word(): number;
}

/** Mulberry32, a public-domain generator by Tommy Ettinger. */
export function random(seed: number): Random {
  let state = seed | 0;
  const word = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return { below: (limit) => Math.floor((word() / 2 ** 32) * limit), word };
}

export function cellOf({ type, nullable }: Field, source: Random): unknown {
  return type.kind === 'null' || (nullable && source.below(5) === 0) ? null : valueIn(type, source);
}

const ranges = {
  int8: [-128, 127],
  int16: [-32_768, 32_767],
  int32: [-2_147_483_648, 2_147_483_647],
  uint8: [0, 255],
  uint16: [0, 65_535],
  uint32: [0, 4_294_967_295],
} as const;
const perDay = { s: 86_400, ms: 86_400_000, us: 86_400_000_000, ns: 86_400_000_000_000 } as const;
const perSecond = { s: 1n, ms: 1_000n, us: 1_000_000n, ns: 1_000_000_000n } as const;
const texts = [
  '',
  ' ',
  'a',
  'null',
  'NaN',
  '"',
  '""',
  ',',
  'a,b',
  '\n',
  '\r\n',
  '\\N',
  "'",
  '\t',
  '-0',
  'grüße 漢字 😀',
  '\u{10ffff}',
  '=1+1',
];

/** At the edges now and then, near zero often, else anywhere between. */
function wholeOf(source: Random, low: bigint, high: bigint): bigint {
  const edges = [low, high, 0n, 1n, -1n].filter((edge) => edge >= low && edge <= high);
  switch (source.below(4)) {
    case 0:
      return edges[source.below(edges.length)] ?? low;
    case 1: {
      const near = BigInt(source.below(2_000)) - 1_000n;
      return near < low || near > high ? low : near;
    }
    default: {
      let wide = 0n;
      for (let word = 0; word < 5; word++) wide = (wide << 32n) | BigInt(source.word());
      return low + (wide % (high - low + 1n));
    }
  }
}

const safe = 2n ** 53n - 1n;
const int64 = { low: -(2n ** 63n), high: 2n ** 63n - 1n };
const clamped = (low: bigint, high: bigint, js: string): readonly [bigint, bigint] =>
  js === 'number' ? [low < -safe ? -safe : low, high > safe ? safe : high] : [low, high];
const inForm = (value: bigint, js: string): number | bigint => (js === 'number' ? Number(value) : value);

function valueIn(type: DataType, source: Random): unknown {
  switch (type.kind) {
    case 'bool':
      return source.below(2) === 1;
    case 'int8':
    case 'int16':
    case 'int32':
    case 'uint8':
    case 'uint16':
    case 'uint32': {
      const [low, high] = ranges[type.kind];
      return Number(wholeOf(source, BigInt(low), BigInt(high)));
    }
    case 'int64':
      return inForm(wholeOf(source, ...clamped(int64.low, int64.high, type.js)), type.js);
    case 'uint64':
      return inForm(wholeOf(source, ...clamped(0n, 2n ** 64n - 1n, type.js)), type.js);
    case 'float16':
      return numberOfHalf(source.below(65_536));
    case 'float32':
      return Math.fround(doubleOf(source));
    case 'float64':
      return doubleOf(source);
    case 'decimal': {
      const utmost = 10n ** BigInt(type.precision) - 1n;
      const unscaled = wholeOf(source, -utmost, utmost);
      return type.js === 'bigint' ? unscaled : decimalText(unscaled, type.scale);
    }
    case 'timestamp':
      return timeOf(type, source);
    case 'date':
      return new Date(Number(wholeOf(source, -100_000_000n, 100_000_000n)) * 86_400_000);
    case 'time':
      return Number(wholeOf(source, 0n, BigInt(perDay[type.unit] - 1)));
    case 'duration': {
      // As milliseconds it must fit 64 bits, too.
      const most = type.unit === 's' ? int64.high / 1_000n : int64.high;
      return inForm(wholeOf(source, ...clamped(-most, most, type.js)), type.js);
    }
    case 'utf8':
    case 'dictionary':
      return textOf(source);
    case 'binary':
      return bytesOf(source, source.below(4) === 0 ? source.below(40) : source.below(4));
    case 'fixed_binary':
      return bytesOf(source, type.width);
    case 'null':
      return null;
    case 'list':
      return Array.from({ length: source.below(4) }, () => cellOf(type.item, source));
    case 'fixed_list':
      return Array.from({ length: type.size }, () => cellOf(type.item, source));
    case 'struct':
      return Object.fromEntries(type.fields.map((field) => [field.name, cellOf(field, source)]));
    case 'map':
      return new Map(
        Array.from(
          { length: source.below(4) },
          () => [cellOf(type.key, source), cellOf(type.value, source)] as const,
        ),
      );
  }
}

function timeOf(
  { unit, js }: DataType & { readonly kind: 'timestamp' },
  source: Random,
): Date | number | bigint {
  // Of a Date, whose utmost is 8.64e12 seconds; of nanoseconds in 64 bits.
  const seconds = unit === 'ns' ? 9_000_000_000n : 8_640_000_000_000n;
  const most = seconds * perSecond[unit];
  if (js !== 'date') return inForm(wholeOf(source, ...clamped(-most, most, js)), js);
  const ms = wholeOf(source, -seconds * 1_000n, seconds * 1_000n);
  return new Date(Number(unit === 's' ? (ms / 1_000n) * 1_000n : ms));
}

function doubleOf(source: Random): number {
  switch (source.below(5)) {
    case 0:
      return (
        [Number.NaN, Infinity, -Infinity, -0, 0, 5e-324, Number.MAX_VALUE, 0.1, 1e21][source.below(9)] ?? 0
      );
    case 1:
      return source.below(1_000) - 500;
    case 2:
      return source.below(1_000_000) / 1_000;
    default: {
      const bits = new DataView(new ArrayBuffer(8));
      bits.setUint32(0, source.word());
      bits.setUint32(4, source.word());
      return bits.getFloat64(0);
    }
  }
}

/** Written out here, so that it shares no code with what is tested. */
function decimalText(unscaled: bigint, scale: number): string {
  const sign = unscaled < 0n ? '-' : '';
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function textOf(source: Random): string {
  if (source.below(2) === 0) return texts[source.below(texts.length)] ?? '';
  return Array.from({ length: source.below(12) }, () => {
    const code = source.below(source.below(4) === 0 ? 0x2_0000 : 0x80);
    // Half of a pair is no text; a reader of the tests takes the mark U+FEFF away, and another ends at U+0000.
    return String.fromCodePoint(
      code === 0 || code === 0xfeff || (code >= 0xd800 && code < 0xe000) ? 0x40 : code,
    );
  }).join('');
}

function bytesOf(source: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => source.below(256));
}
