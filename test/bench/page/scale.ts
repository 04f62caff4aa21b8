// Owns scales: from values to pixels, straight or logarithmic, with ticks at round values.
import type { Axis } from '../harness/bench-case.js';

export interface Scale {
  readonly ticks: readonly number[];
  /** Pixel of a value. */
  at(value: number): number;
}

/**
 * A scale over the values, from pixel `from` to pixel `to`. Straight ones begin at zero; logarithmic
 * ones need values above it.
 */
export function scaleOver(values: readonly number[], { log }: Axis, from: number, to: number): Scale {
  const usable = values.filter((value) => Number.isFinite(value) && (!log || value > 0));
  const low = Math.min(...usable, Number.MAX_VALUE);
  const high = Math.max(...usable, log ? Number.MIN_VALUE : 0);
  if (usable.length === 0) return { ticks: [], at: () => from };
  return log ? logScale(low, high, from, to) : straightScale(Math.min(0, low), high, from, to);
}

function straightScale(low: number, high: number, from: number, to: number): Scale {
  // A fifth of numbers this small has no power of ten of its own any more.
  const step = roundStep(high - low > 1e-300 ? (high - low) / 5 : 1);
  const ticks: number[] = [];
  for (let index = Math.floor(low / step); ticks.length === 0 || (ticks.at(-1) ?? 0) < high; index += 1) {
    ticks.push(index * step);
  }
  const [first, last] = [ticks[0] ?? 0, ticks.at(-1) ?? 1];
  return { ticks, at: (value) => from + ((value - first) / (last - first || 1)) * (to - from) };
}

/** 1, 2 or 5 times a power of ten, not below `least`. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= least * 0.999) ?? 10);
}

function logScale(low: number, high: number, from: number, to: number): Scale {
  const first = Math.floor(Math.log10(low) + 1e-9);
  const last = Math.max(first + 1, Math.ceil(Math.log10(high) - 1e-9));
  // A dozen labels at most.
  const every = Math.ceil((last - first) / 11);
  const ticks: number[] = [];
  for (let power = first; power <= last; power += every) ticks.push(10 ** power);
  return { ticks, at: (value) => from + ((Math.log10(value) - first) / (last - first)) * (to - from) };
}

const units = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** Short: 2000000 is `2M`. */
export function tickLabel(value: number): string {
  const [size, unit] = units.find(([least]) => Math.abs(value) >= least) ?? [1, ''];
  return `${Number((value / size).toPrecision(3))}${unit}`;
}
