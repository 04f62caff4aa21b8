// Owns the values that columns are given: tame ones, which must be taken, and poison, which must be refused or come back as
// it is. Every value is made anew for its trial and has a name for the message.
import {
  bool,
  type ColumnType,
  date,
  dictionary,
  float64,
  int32,
  int64,
  nullable,
  timestamp,
  utf8,
} from '@tailrace/core';
import fc from 'fast-check';
import { Planted } from './verdict.js';

export interface Value {
  readonly shown: string;
  make(): unknown;
}

const named = (shown: string, make: () => unknown): Value => ({ shown, make });
const plain = (value: unknown): Value => named(show(value), () => value);

export function show(value: unknown): string {
  if (typeof value === 'string') return value.length > 60 ? `text of ${value.length}` : JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Date) return `Date(${value.getTime()})`;
  return Object.is(value, -0) ? '-0' : typeof value === 'object' && value !== null ? 'object' : String(value);
}

const throwing = (): never => {
  throw new Planted();
};

const numbers = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  -0,
  0.1,
  1.5,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 53,
  2 ** 53 + 2,
  -(2 ** 53),
  Number.MAX_VALUE,
  Number.MIN_VALUE,
  1e21,
  -1,
  0,
];
const bigints = [
  2n ** 63n,
  -(2n ** 63n) - 1n,
  2n ** 64n + 5n,
  2n ** 63n - 1n,
  -(2n ** 63n),
  2n ** 70n,
  0n,
  -1n,
];
const texts = [
  '',
  ' ',
  'false',
  'NaN',
  '0',
  '\ud800',
  'a\udc00b',
  '\udfff\ud800',
  '\0',
  'a\0b',
  '\ufeff',
  '"',
  'a,b',
  'a\r\nb',
  '\\N',
  'null',
  '__proto__',
  '__HIVE_DEFAULT_PARTITION__',
  '=1+1',
  '\u2028',
  'e\u0301',
  '\u00e9',
  '\u{10ffff}',
];
const dates = [Number.NaN, 8.64e15, -8.64e15, -1, 1, 43_200_000, -62_135_596_800_000, 253_402_300_800_000];

const objects: readonly Value[] = [
  named('{}', () => ({})),
  named('[]', () => []),
  named('a sparse array', () => {
    const sparse: unknown[] = [];
    sparse[5] = 1;
    return sparse;
  }),
  named('a cycle', () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    return cycle;
  }),
  named('a function', () => () => 1),
  named('a symbol', () => Symbol('s')),
  named('Object(1n)', () => Object(1n)),
  named('new Number(5)', () => Object(5)),
  named('new String("x")', () => Object('x')),
  named('new Boolean(false)', () => Object(false)),
  named('a Map', () => new Map([[1, 2]])),
  named('bytes', () => new Uint8Array([1, 2])),
  named('a promise', () => Promise.resolve(1)),
  named('a null-prototype object', () => Object.create(null)),
  named('the prototype of Date alone', () => Object.create(Date.prototype)),
  named('a proxy of a Date', () => new Proxy(new Date(0), {})),
  named('a revoked proxy', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  }),
  named('an object whose conversions throw', () => ({
    toString: throwing,
    valueOf: throwing,
    toJSON: throwing,
    [Symbol.toPrimitive]: throwing,
  })),
  named('a Date whose getTime lies', () => Object.assign(new Date(0), { getTime: () => Number.NaN })),
  named('a Date whose getTime throws', () => Object.assign(new Date(0), { getTime: throwing })),
  named('a text of a mebibyte', () => 'x'.repeat(2 ** 20)),
];

/** Anything at all; some of it fits some column. */
export const poison: fc.Arbitrary<Value> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...numbers).map(plain) },
  { weight: 3, arbitrary: fc.constantFrom(...texts).map(plain) },
  { weight: 2, arbitrary: fc.constantFrom(...bigints).map(plain) },
  { weight: 2, arbitrary: fc.constantFrom(...dates).map((ms) => named(`Date(${ms})`, () => new Date(ms))) },
  { weight: 3, arbitrary: fc.constantFrom(...objects) },
  { weight: 2, arbitrary: fc.constantFrom(null, undefined, true, false).map(plain) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }).map(plain) },
  { weight: 2, arbitrary: fc.double().map(plain) },
  { weight: 1, arbitrary: fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n }).map(plain) },
);

/** A type of column, and values that every format takes. */
export interface Kind {
  readonly shown: string;
  readonly type: ColumnType<unknown>;
  readonly tame: fc.Arbitrary<Value>;
}

const kind = (shown: string, type: ColumnType<unknown>, tame: fc.Arbitrary<unknown>): Kind => ({
  shown,
  type,
  tame: tame.map(plain),
});
const someDate = fc.integer({ min: -1_000_000_000, max: 2_000_000_000 }).map((s) => new Date(s * 1_000));
const safe = fc.maxSafeInteger();
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 });

export const kinds: readonly Kind[] = [
  kind('bool', bool(), fc.boolean()),
  kind('int32', int32(), fc.integer()),
  kind('int64', int64(), safe.map(BigInt)),
  kind('int64 as number', int64({ js: 'number' }), safe),
  kind(
    'float64',
    float64(),
    fc.integer().map((n) => n / 8),
  ),
  kind('utf8', utf8(), text),
  kind('dictionary', dictionary(), fc.constantFrom('red', 'green')),
  kind(
    'date',
    date(),
    fc.integer({ min: -20_000, max: 40_000 }).map((day) => new Date(day * 86_400_000)),
  ),
  kind('timestamp s', timestamp('s'), someDate),
  kind('timestamp ms', timestamp('ms'), someDate),
  kind('civil timestamp us', timestamp('us', { timezone: null, js: 'bigint' }), safe.map(BigInt)),
  kind('timestamp ns', timestamp('ns', { js: 'number' }), safe),
];

export const orNull = (of: Kind): Kind => ({
  shown: `${of.shown}?`,
  type: nullable(of.type),
  tame: fc.oneof({ weight: 4, arbitrary: of.tame }, fc.constant(plain(null))),
});
