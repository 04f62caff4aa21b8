// The memory that a value is said to take before it is decoded, before what it takes.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { encode } from '@msgpack/msgpack';
import { describe, expect, it } from 'vitest';
import { valueDecoder } from './decode.js';
import { newScan, scanned } from './scan.js';

setFlagsFromString('--expose-gc');
// Node gives the function to new contexts, which is of no use to types.
const collect = runInNewContext('gc') as () => void;

function takenBytes(): number {
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function saidBytes(bytes: Uint8Array): number {
  const scan = newScan();
  expect(scanned(bytes, scan, 2 ** 30)).toBe(true);
  return scan.held;
}

const many = (count: number, value: (at: number) => unknown): Uint8Array =>
  encode(
    Array.from({ length: count }, (_, at) => value(at)),
    { useBigInt64: true },
  );

/** Each takes five megabytes and more, of which what else goes on here is a small part. */
const values: readonly (readonly [string, () => Uint8Array])[] = [
  ['small integers', () => many(800_000, (at) => at % 100)],
  ['doubles', () => many(300_000, (at) => at / 3)],
  ['integers of 64 bits', () => many(300_000, (at) => 2n ** 62n + BigInt(at))],
  ['short texts', () => many(200_000, (at) => `text ${at}`)],
  ['long texts', () => many(100, (at) => `${at}`.repeat(50_000))],
  ['long texts of Latin-1', () => many(100, (at) => `ü${at}`.repeat(50_000))],
  ['long texts with one other letter', () => many(100, (at) => `${`${at}`.repeat(50_000)}€`)],
  ['texts of 100 letters with one other', () => many(50_000, (at) => `${`${at}`.padEnd(99, 'x')}€`)],
  ['short texts with another letter', () => many(200_000, (at) => `text ${at}€`)],
  ['texts of emoji', () => many(100, () => '🙂'.repeat(30_000))],
  ['binary data', () => many(50_000, () => Uint8Array.of(1, 2, 3))],
  ['times', () => many(50_000, (at) => new Date(at * 1001))],
  ['arrays of nothing', () => many(200_000, () => [])],
  ['arrays', () => many(100_000, (at) => [at, at, at])],
  ['maps of nothing', () => many(100_000, () => ({}))],
  ['maps of the same keys', () => many(100_000, (at) => ({ a: at, b: null, c: 1 }))],
  ['maps of a key each', () => many(50_000, (at) => ({ [`key ${at}`]: null }))],
  ['maps of three keys each', () => many(20_000, (at) => ({ [`a${at}`]: 1, [`b${at}`]: 1, [`c${at}`]: 1 }))],
  [
    'maps of thirty keys each',
    () =>
      many(3_000, (at) => Object.fromEntries(Array.from({ length: 30 }, (_, key) => [`k${at}.${key}`, 1]))),
  ],
  [
    'maps of two hundred keys each',
    () =>
      many(600, (at) => Object.fromEntries(Array.from({ length: 200 }, (_, key) => [`k${at}.${key}`, 1]))),
  ],
  [
    'maps of the same keys in other orders',
    () =>
      many(20_000, (at) =>
        Object.fromEntries(
          Array.from({ length: 8 }, (_, key) => [`k${(key * 7 + at * 13) % (97 + (at % 50))}`, 1]),
        ),
      ),
  ],
  [
    'a map of many keys',
    () => encode(Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [`key ${at}`, at]))),
  ],
];

describe('the memory that a value is said to take', () => {
  it.each(values)('is at least what it takes: %s', (_, make) => {
    const bytes = make();
    const said = saidBytes(bytes);
    const decode = valueDecoder();
    const before = takenBytes();
    const value = decode(bytes);
    const taken = takenBytes() - before;
    expect(value).toBeDefined();
    // A fifth, and a megabyte, for what else goes on in the process.
    expect(taken).toBeLessThan(said * 1.2 + 2 ** 20);
  });
});
