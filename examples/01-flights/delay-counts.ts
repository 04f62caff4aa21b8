// Owns counting how often each delay occurs, in memory bounded by the range of delays and not by the number of flights.
import { type AliasTable, aliasTable } from './alias-table.js';

/** How often each delay occurred: `counts[0]` is for `lowest` minutes. Made by `delayCounts`, changed by `countDelay`. */
export interface DelayCounts {
  lowest: number;
  counts: Int32Array;
}

/** Two weeks. Beyond that a number is no delay, and counting it would take memory for the whole range. */
const mostMinutes = 20_160;

export function delayCounts(): DelayCounts {
  return { lowest: 0, counts: new Int32Array(0) };
}

/** Throws a RangeError for what cannot be a delay. */
export function countDelay(of: DelayCounts, minutes: number): void {
  const place = minutes - of.lowest;
  const before = of.counts[place];
  if (before !== undefined) {
    of.counts[place] = before + 1;
    return;
  }
  if (!Number.isInteger(minutes) || Math.abs(minutes) > mostMinutes) {
    throw new RangeError(
      `A delay of ${minutes} minutes is outside ±${mostMinutes} whole minutes; clean the input.`,
    );
  }
  [of.lowest, of.counts] = widened(of.lowest, of.counts, minutes);
  of.counts[minutes - of.lowest] = 1;
}

/** For drawing delays as often as they occurred. At least one was counted. */
export function delayTable({ lowest, counts }: DelayCounts): AliasTable {
  const values: number[] = [];
  const weights: number[] = [];
  for (const [place, count] of counts.entries()) {
    if (count === 0) continue;
    values.push(lowest + place);
    weights.push(count);
  }
  return aliasTable(values, weights);
}

/** The same counts in a range half as large again that includes `minutes`. */
function widened(lowest: number, counts: Int32Array, minutes: number): [number, Int32Array<ArrayBuffer>] {
  const slack = 32 + (counts.length >> 1);
  const isFirst = counts.length === 0;
  const from = isFirst ? minutes - 16 : Math.min(lowest, minutes < lowest ? minutes - slack : lowest);
  const end = isFirst
    ? minutes + 48
    : Math.max(lowest + counts.length, minutes >= lowest ? minutes + slack : 0);
  const wider = new Int32Array(end - from);
  if (!isFirst) wider.set(counts, lowest - from);
  return [from, wider];
}
