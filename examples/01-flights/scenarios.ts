// Owns the output `scenarios`: a simulation that gives every flight delays drawn from those of its origin and hour of day.
import { defineSchema, dictionary, int32, int64, type Schema, timestamp } from '@tailrace/core';
import type { OperatorFunction } from 'rxjs';
import { draw } from './alias-table.js';
import { type DelayDistributions, distributionFor } from './distributions.js';
import type { Flight } from './flight.js';
import { operator } from './operator.js';
import { seededRandom } from './random.js';

export interface Scenario {
  readonly date: number;
  readonly origin: string;
  readonly destination: string;
  /** 1 to the number of replicates. */
  readonly replicate: number;
  /** Drawn, in minutes. */
  readonly delay: number;
}

export const scenarioSchema: Schema<Scenario> = defineSchema({
  date: timestamp('us', { timezone: null, js: 'number' }),
  origin: dictionary(),
  destination: dictionary(),
  replicate: int32(),
  delay: int64({ js: 'number' }),
});

export interface ResampleOptions {
  /** Same seed, same input, same scenarios. */
  readonly seed: number;
  /** Rows per flight. Default 3. */
  readonly replicates?: number;
}

export function resampleDelays(
  distributions: DelayDistributions,
  { seed, replicates = 3 }: ResampleOptions,
): OperatorFunction<Flight, Scenario> {
  return operator((emit) => {
    const uniform = seededRandom(seed);
    return {
      next(flight) {
        const table = distributionFor(distributions, flight);
        const { date, origin, destination } = flight;
        for (let replicate = 1; replicate <= replicates; replicate += 1) {
          emit({ date, origin, destination, replicate, delay: draw(table, uniform()) });
        }
      },
    };
  });
}
