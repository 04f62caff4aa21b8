// Owns the rows that several cases write: eight columns, made on the fly, with a cost of computing that can be set.
import { defineSchema, float64, int32, int64, type Schema, timestamp, utf8 } from '@tailrace/core';

export interface Reading {
  readonly id: number;
  readonly time: number;
  /** What the work of a row comes out at. */
  readonly value: number;
  readonly noise: number;
  /** Steps of a hundredth. */
  readonly price: number;
  readonly quantity: number;
  /** One of 100,000. */
  readonly agent: string;
  /** One of 24. */
  readonly region: string;
}

export const readingSchema: Schema<Reading> = defineSchema({
  id: int64({ js: 'number' }),
  time: timestamp('ms', { js: 'number' }),
  value: float64(),
  noise: float64(),
  price: float64(),
  quantity: int32(),
  agent: utf8(),
  region: utf8(),
});

const agents = Array.from({ length: 100_000 }, (_, at) => `agent-${(at * 7_919) % 100_000}-${at % 97}`);
const regions = Array.from({ length: 24 }, (_, at) => `region-${at}`);
const firstTime = Date.UTC(2026, 0, 1);

/** Two words of a number, mixed: the finaliser of MurmurHash3 (Appleby), 32 bits. */
function mixed(seed: number): number {
  let bits = Math.imul(seed ^ (seed >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/**
 * Row number `id`; the same wherever it is computed.
 * @param work steps of the logistic map: a chain of multiplications that no compiler can shorten, about 4 ns each
 */
export function reading(id: number, work: number): Reading {
  const a = mixed(id + 1);
  const b = mixed(a ^ 0x9e3779b9);
  let x = (a + 0.5) / 2 ** 32;
  for (let step = 0; step < work; step += 1) x = 3.99 * x * (1 - x);
  return {
    id,
    time: firstTime + id * 1_000 + (a & 511),
    value: x,
    noise: (b + a / 2 ** 32) / 2 ** 32,
    price: (b % 100_000) / 100,
    quantity: a % 1_000,
    // The remainders are within the lists.
    agent: agents[b % 100_000] as string,
    region: regions[a % 24] as string,
  };
}

/** Numbers from 0 to `rows` in arrays of `chunk`. */
export function* numberChunks(rows: number, chunk = 1_024): Generator<readonly number[]> {
  for (let from = 0; from < rows; from += chunk) {
    const length = Math.min(chunk, rows - from);
    const numbers = new Array<number>(length);
    for (let at = 0; at < length; at += 1) numbers[at] = from + at;
    yield numbers;
  }
}
