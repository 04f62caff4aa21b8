// Owns the output `hourly`: how late the flights of each origin are in each hour of each day.
import { defineSchema, dictionary, float64, int64, type Schema, timestamp } from '@tailrace/core';
import type { OperatorFunction } from 'rxjs';
import { hourNumber, hourToMicros } from './civil-time.js';
import type { Flight } from './flight.js';
import { groupByPeriod } from './group-by-period.js';
import { quantile } from './quantile.js';

export interface HourlyDelay {
  readonly origin: string;
  /** Start of the hour: microseconds since 1970, without a zone. */
  readonly hour: number;
  readonly flights: number;
  /** Minutes, as the two that follow. */
  readonly mean_delay: number;
  readonly p95_delay: number;
  readonly max_delay: number;
}

export const hourlySchema: Schema<HourlyDelay> = defineSchema({
  origin: dictionary(),
  hour: timestamp('us', { timezone: null, js: 'number' }),
  flights: int64({ js: 'number' }),
  mean_delay: float64(),
  p95_delay: float64(),
  max_delay: int64({ js: 'number' }),
});

/** One row per origin and hour with at least one flight. The input is sorted by date. */
export function hourlyDelays(): OperatorFunction<Flight, HourlyDelay> {
  return groupByPeriod<number[], HourlyDelay>({
    name: 'hourly',
    periodOf: hourNumber,
    start: () => [],
    add: (delays, flight) => {
      delays.push(flight.delay);
    },
    finish: (delays, origin, hour) => {
      let sum = 0;
      let max = Number.NEGATIVE_INFINITY;
      for (const delay of delays) {
        sum += delay;
        if (delay > max) max = delay;
      }
      return {
        origin,
        hour: hourToMicros(hour),
        flights: delays.length,
        mean_delay: sum / delays.length,
        p95_delay: quantile(delays, 0.95),
        max_delay: max,
      };
    },
  });
}
