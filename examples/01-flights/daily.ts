// Owns the output `daily`: how late the flights of each origin are on each day.
import { date, defineSchema, float64, int64, type Schema, utf8 } from '@tailrace/core';
import type { OperatorFunction } from 'rxjs';
import { dayNumber, daysToMicros } from './civil-time.js';
import type { Flight } from './flight.js';
import { groupByPeriod } from './group-by-period.js';

export interface DailyDelay {
  /** Midnight UTC of the day, as date columns have it. */
  readonly day: Date;
  readonly origin: string;
  readonly flights: number;
  /** Minutes. */
  readonly mean_delay: number;
  /** Share of flights delayed by 15 minutes or more, 0 to 1. */
  readonly late_share: number;
}

export const dailySchema: Schema<DailyDelay> = defineSchema({
  day: date(),
  origin: utf8(),
  flights: int64({ js: 'number' }),
  mean_delay: float64(),
  late_share: float64(),
});

/** Minutes from which a flight counts as late. */
const lateFrom = 15;

interface Day {
  flights: number;
  late: number;
  delay: number;
}

/** One row per day and origin with at least one flight. The input is sorted by date. */
export function dailyDelays(): OperatorFunction<Flight, DailyDelay> {
  return groupByPeriod<Day, DailyDelay>({
    name: 'daily',
    periodOf: dayNumber,
    start: () => ({ flights: 0, late: 0, delay: 0 }),
    add: (group, { delay }) => {
      group.flights += 1;
      group.delay += delay;
      if (delay >= lateFrom) group.late += 1;
    },
    finish: ({ flights, late, delay }, origin, day) => ({
      day: new Date(daysToMicros(day) / 1000),
      origin,
      flights,
      mean_delay: delay / flights,
      late_share: late / flights,
    }),
  });
}
