// Owns the flights as a source: a part of the input or several copies of it, one after the other. It reads no file itself.
import { repeat, type Source } from '@tailrace/core';
import { daysToMicros } from './civil-time.js';
import type { Flight } from './flight.js';

export interface CopyOptions {
  /** Flights of each copy; undefined for all. */
  readonly rows?: number | undefined;
  /** Number of copies. */
  readonly repeat: number;
}

/** Half a year, rounded up to whole days: the copies do not overlap and stay sorted by date. */
export const copyShiftDays = 182;

/** Each copy is `copyShiftDays` later than the one before, and reads `input` anew. */
export function copies(input: Source<Flight>, { rows, repeat: times }: CopyOptions): Source<Flight> {
  const part = rows === undefined ? input : firstRows(input, rows);
  if (times === 1) return part;
  const shifted = repeat(part, times, (flight, copy): Flight => {
    if (copy === 0) return flight;
    const { date, delay, distance, origin, destination } = flight;
    return { date: date + daysToMicros(copyShiftDays * copy), delay, distance, origin, destination };
  });
  // The shifted flights have the columns they had before, which `repeat` cannot know.
  return {
    ...shifted,
    get totalItems() {
      return shifted.totalItems;
    },
    get schema() {
      return part.schema;
    },
  };
}

/** Asks for no chunk beyond the one that holds the last row. */
function firstRows<T>(input: Source<T>, rows: number): Source<T> {
  return {
    name: `the first ${rows} of ${input.name ?? 'the input'}`,
    get totalItems() {
      return Math.min(input.totalItems ?? rows, rows);
    },
    get schema() {
      return input.schema;
    },
    async *open(signal) {
      let left = rows;
      for await (const chunk of input.open(signal)) {
        yield chunk.length <= left ? chunk : chunk.slice(0, left);
        left -= chunk.length;
        if (left <= 0) return;
      }
    },
  };
}
