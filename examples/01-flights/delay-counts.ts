// Owns counting how often each delay occurs, in memory bounded by the range of delays and not by the number of flights.
import { type AliasTable, aliasTable } from './alias-table.js';

export interface DelayCounts {
  /** Counts one flight. Throws a RangeError for what cannot be a delay. */
  add(minutes: number): void;
  /** For drawing delays as often as they occurred. At least one was added. */
  table(): AliasTable;
}

/** Two weeks. Beyond that a number is no delay, and counting it would take memory for the whole range. */
const mostMinutes = 20_160;

export function delayCounts(): DelayCounts {
  let lowest = 0;
  let counts = new Int32Array(0);
  return {
    add(minutes) {
      const place = minutes - lowest;
      if (place >= 0 && place < counts.length) {
        counts[place] = (counts[place] ?? 0) + 1;
        return;
      }
      if (!Number.isInteger(minutes) || Math.abs(minutes) > mostMinutes) {
        throw new RangeError(
          `A delay of ${minutes} minutes is outside ±${mostMinutes} whole minutes; clean the input.`,
        );
      }
      [lowest, counts] = widened(lowest, counts, minutes);
      counts[minutes - lowest] = 1;
    },
    table() {
      const values: number[] = [];
      const weights: number[] = [];
      counts.forEach((count, place) => {
        if (count === 0) return;
        values.push(lowest + place);
        weights.push(count);
      });
      return aliasTable(values, weights);
    },
  };
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
