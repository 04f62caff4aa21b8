// Owns what delays occur at which origin at which hour of the day, as tables to draw from.
import { TailraceError } from '@tailrace/core';
import type { OperatorFunction } from 'rxjs';
import type { AliasTable } from './alias-table.js';
import { hourOfDay } from './civil-time.js';
import { countDelay, type DelayCounts, delayCounts, delayTable } from './delay-counts.js';
import type { Flight } from './flight.js';
import { operator } from './operator.js';

/** By origin, then by hour of the day (0 to 23); undefined where no flight departed. */
export type DelayDistributions = ReadonlyMap<string, readonly (AliasTable | undefined)[]>;

/** Emits once, after the last flight. Memory does not grow with the number of flights. */
export function delayDistributions(): OperatorFunction<Flight, DelayDistributions> {
  return operator((emit) => {
    const origins = new Map<string, (DelayCounts | undefined)[]>();
    return {
      next({ date, delay, origin }) {
        let hours = origins.get(origin);
        if (hours === undefined) {
          hours = Array.from({ length: 24 }, () => undefined);
          origins.set(origin, hours);
        }
        const hour = hourOfDay(date);
        let counts = hours[hour];
        if (counts === undefined) {
          counts = delayCounts();
          hours[hour] = counts;
        }
        countDelay(counts, delay);
      },
      complete() {
        emit(
          new Map(
            [...origins].map(([origin, hours]) => [
              origin,
              hours.map((counts) => counts && delayTable(counts)),
            ]),
          ),
        );
      },
    };
  });
}

/** The table for one flight. Throws when the distributions come from other flights. */
export function distributionFor(distributions: DelayDistributions, { date, origin }: Flight): AliasTable {
  const hour = hourOfDay(date);
  const table = distributions.get(origin)?.[hour];
  if (table !== undefined) return table;
  throw new TailraceError(
    `No flight from ${origin} departed at ${hour} h when the delays were counted, so none can be drawn for it. ` +
      'Read the same input both times.',
    { code: 'STAGE_FAILED', operation: 'resample delays', context: { origin, hour } },
  );
}
