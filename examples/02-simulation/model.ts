// Owns the three tables of the simulation, each a stream of rows computed from the one before. It knows no files and no pool.
import { defineSchema, float64, int32, type Schema } from '@tailrace/core';
import { concatAll, defer, type Observable, type OperatorFunction } from 'rxjs';
import { operator } from '../01-flights/operator.js';
import { seededRandom } from '../01-flights/random.js';
import { normal } from './normal.js';
import { putValue } from './put-option.js';

export interface Model {
  readonly paths: number;
  /** Days after the first, which all paths begin at 100. */
  readonly steps: number;
  readonly seed: number;
}

/** The price of one path on one day. */
export interface Price {
  readonly step: number;
  readonly path: number;
  readonly price: number;
}
export const priceSchema: Schema<Price> = defineSchema({ step: int32(), path: int32(), price: float64() });

/** What became of a path by that day. */
export interface Change {
  readonly step: number;
  readonly path: number;
  /** Logarithm of the price over that of the day before. */
  readonly log_return: number;
  /** Share lost since the path's highest price, 0 to 1. */
  readonly drawdown: number;
  /** What it costs for a quarter of a year to insure nine tenths of the path's highest price. */
  readonly insurance: number;
}
export const changeSchema: Schema<Change> = defineSchema({
  step: int32(),
  path: int32(),
  log_return: float64(),
  drawdown: float64(),
  insurance: float64(),
});

/** All paths on one day. */
export interface DayRisk {
  readonly step: number;
  readonly mean_return: number;
  /** Standard deviation of the returns. */
  readonly volatility: number;
  /** The return that one path in a hundred stays below: the one at that place from the bottom. */
  readonly worst_percent: number;
  readonly worst_drawdown: number;
}
export const dayRiskSchema: Schema<DayRisk> = defineSchema({
  step: int32(),
  mean_return: float64(),
  volatility: float64(),
  worst_percent: float64(),
  worst_drawdown: float64(),
});

/** Heston's model, per year: growth, variance in the long run, speed of return to it, its own volatility, correlation. */
const [growth, longVariance, reversion, volOfVol, correlation] = [0.05, 0.04, 1.5, 0.4, -0.7];
const daysPerYear = 250;
const quarterDeviation = Math.sqrt(longVariance / 4);
/** Moves per day. They are what makes a price cost something. */
const substeps = 8;
const rowsPerChunk = 4096;

/**
 * Prices with a volatility that is random itself (Heston 1993), by Euler steps with full truncation of the variance
 * (Lord, Koekkoek, Van Dijk, "A comparison of biased simulation schemes", 2010), day by day. A cold stream: every
 * subscription computes it again, from the seed. It comes in chunks, between which timers and messages have their turn.
 */
export function simulatedPrices(model: Model): Observable<Price> {
  return defer(() => priceChunks(model)).pipe(concatAll());
}

async function* priceChunks({ paths, steps, seed }: Model): AsyncGenerator<readonly Price[]> {
  const shock = normal(seededRandom(seed));
  const prices = new Float64Array(paths).fill(100);
  const variances = new Float64Array(paths).fill(longVariance);
  let chunk: Price[] = [];
  for (let step = 0; step <= steps; step += 1) {
    for (let path = 0; path < paths; path += 1) {
      if (step > 0) advanceOneDay(prices, variances, path, shock);
      chunk.push({ step, path, price: prices[path] ?? 0 });
      if (chunk.length < rowsPerChunk) continue;
      yield chunk;
      chunk = [];
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  yield chunk;
}

function advanceOneDay(
  prices: Float64Array,
  variances: Float64Array,
  path: number,
  shock: () => number,
): void {
  const dt = 1 / (daysPerYear * substeps);
  let logPrice = 0;
  let variance = variances[path] ?? 0;
  for (let substep = 0; substep < substeps; substep += 1) {
    const positive = Math.max(0, variance);
    const scale = Math.sqrt(positive * dt);
    const own = shock();
    const common = correlation * own + Math.sqrt(1 - correlation ** 2) * shock();
    logPrice += (growth - positive / 2) * dt + scale * own;
    variance += reversion * (longVariance - positive) * dt + volOfVol * scale * common;
  }
  variances[path] = variance;
  prices[path] = (prices[path] ?? 0) * Math.exp(logPrice);
}

export function changes({ paths }: Model): OperatorFunction<Price, Change> {
  return operator((emit) => {
    const last = new Float64Array(paths);
    const highest = new Float64Array(paths);
    return {
      next({ step, path, price }) {
        const top = Math.max(highest[path] ?? 0, price);
        const log_return = step === 0 ? 0 : Math.log(price / (last[path] ?? price));
        highest[path] = top;
        last[path] = price;
        emit({
          step,
          path,
          log_return,
          drawdown: 1 - price / top,
          insurance: putValue(price, 0.9 * top, quarterDeviation),
        });
      },
    };
  });
}

/** Relies on its input being in the order of days. */
export function dayRisks({ paths }: Model): OperatorFunction<Change, DayRisk> {
  return operator((emit) => {
    const returns = new Float64Array(paths);
    let step = 0;
    let count = 0;
    let worst_drawdown = 0;
    const flush = (): void => {
      if (count === 0) return;
      const sorted = returns.subarray(0, count).sort();
      const mean_return = sorted.reduce((sum, value) => sum + value, 0) / count;
      const squares = sorted.reduce((sum, value) => sum + (value - mean_return) ** 2, 0);
      const worst_percent = sorted[Math.floor(count / 100)] ?? 0;
      emit({ step, mean_return, volatility: Math.sqrt(squares / count), worst_percent, worst_drawdown });
      count = 0;
      worst_drawdown = 0;
    };
    return {
      next(change) {
        if (change.step !== step) flush();
        step = change.step;
        returns[count] = change.log_return;
        count += 1;
        worst_drawdown = Math.max(worst_drawdown, change.drawdown);
      },
      complete: flush,
    };
  });
}
