// Owns how fast a run goes and how long it may still take, from one snapshot after the other. It reads no clock.
import type { RunProgress } from '@tailrace/core';
import { type Rate, slidingRate } from './rate.js';

export interface Speed {
  readonly rowsPerSecond: number;
  /** Bytes that enter outputs, as columns in memory. */
  readonly bytesPerSecond: number;
  /** Until everything is read; undefined where nobody can know. */
  readonly leftMs: number | undefined;
}

/** How far back the estimate of what is left looks, in milliseconds: longer than a rate, so that it does not flicker. */
const estimateWindowMs = 10_000;
/** Before it has been read for so long an estimate is a guess. */
const leastMs = 1_000;

interface Reading {
  readonly rate: Rate;
  /** When it had given no row yet: what went before says nothing of its speed. */
  readonly fromMs: number;
}

/** @returns the speed as of each snapshot, which must come in their order */
export function createSpeedometer(): (progress: RunProgress) => Speed {
  const rows = slidingRate();
  const bytes = slidingRate();
  const bySource = new Map<string, Reading>();
  return (progress) => {
    const { elapsedMs, state, sources } = progress;
    const left = sources.map(({ name, rows: read, totalRows }): number | undefined => {
      const known = read > 0 ? bySource.get(name) : undefined;
      const fromMs = read > 0 ? 0 : elapsedMs;
      const reading = known ?? { rate: slidingRate(estimateWindowMs), fromMs };
      bySource.set(name, reading);
      const perSecond = reading.rate.sample(elapsedMs, read);
      if (totalRows === undefined) return undefined;
      if (read >= totalRows) return 0;
      if (elapsedMs - reading.fromMs < leastMs) return undefined;
      return perSecond > 0 ? ((totalRows - read) / perSecond) * 1_000 : undefined;
    });
    const isKnown = state === 'running' && elapsedMs >= leastMs && left.length > 0;
    return {
      rowsPerSecond: rows.sample(elapsedMs, progress.rows),
      bytesPerSecond: bytes.sample(elapsedMs, progress.bytes),
      leftMs: isKnown ? longest(left) : undefined,
    };
  };
}

/** Sources are read side by side. One that may take for ever makes the whole unknown. */
function longest(left: readonly (number | undefined)[]): number | undefined {
  const known = left.filter((ms) => ms !== undefined);
  return known.length < left.length ? undefined : Math.max(...known);
}
