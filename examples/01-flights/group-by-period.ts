// Owns grouping by origin within an hour or a day, in memory bounded by the number of origins. It computes no statistics.
import { TailraceError } from '@tailrace/core';
import type { OperatorFunction } from 'rxjs';
import { hourNumber, hourText } from './civil-time.js';
import type { Flight } from './flight.js';
import { operator } from './operator.js';

export interface Grouping<G, R> {
  /** Name of the stage, for messages. */
  readonly name: string;
  /** Number of the period a time falls in; it never decreases from row to row. */
  readonly periodOf: (micros: number) => number;
  readonly start: () => G;
  readonly add: (group: G, flight: Flight) => void;
  /** The row for a finished group. */
  readonly finish: (group: G, origin: string, period: number) => R;
}

/**
 * Emits one row per origin and period, as soon as a flight of a later period arrives: by period, then by origin. Relies on the
 * input being sorted by date; a flight of a period that was already emitted is an error.
 */
export function groupByPeriod<G, R>({
  name,
  periodOf,
  start,
  add,
  finish,
}: Grouping<G, R>): OperatorFunction<Flight, R> {
  return operator((emit) => {
    let period = Number.NEGATIVE_INFINITY;
    let groups = new Map<string, G>();
    const flush = (): void => {
      const finished = [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
      groups = new Map();
      for (const [origin, group] of finished) emit(finish(group, origin, period));
    };
    return {
      next(flight) {
        const flightPeriod = periodOf(flight.date);
        if (flightPeriod !== period) {
          if (flightPeriod < period) throw unsorted(name, flight);
          flush();
          period = flightPeriod;
        }
        let group = groups.get(flight.origin);
        if (group === undefined) {
          group = start();
          groups.set(flight.origin, group);
        }
        add(group, flight);
      },
      complete: flush,
    };
  });
}

function unsorted(stage: string, { date, origin }: Flight): TailraceError {
  const when = hourText(hourNumber(date));
  return new TailraceError(
    `${stage} met a flight of ${when} h from ${origin} after flights of a later period, whose groups are already emitted. ` +
      'Sort the input by date.',
    { code: 'STAGE_FAILED', operation: 'group flights', context: { origin, hour: when } },
  );
}
