// Owns the output `routes`: every flight with the states of its airports, its great-circle distance and its delay class.
import { defineSchema, dictionary, float64, int64, nullable, type Schema, timestamp } from '@tailrace/core';
import { map, type OperatorFunction } from 'rxjs';
import type { Airports } from './airports.js';
import { extremeFrom } from './extreme.js';
import type { Flight } from './flight.js';
import { greatCircleKm } from './great-circle.js';

export type DelayClass = 'early' | 'on-time' | 'late' | 'extreme';

export interface Route extends Flight {
  /** Null when the airport is not in the list. */
  readonly origin_state: string | null;
  readonly destination_state: string | null;
  readonly km: number | null;
  /** A `DelayClass`. */
  readonly delay_class: string;
}

export const routeSchema: Schema<Route> = defineSchema({
  date: timestamp('us', { timezone: null, js: 'number' }),
  delay: int64({ js: 'number' }),
  distance: int64({ js: 'number' }),
  origin: dictionary(),
  destination: dictionary(),
  origin_state: nullable(dictionary()),
  destination_state: nullable(dictionary()),
  km: nullable(float64()),
  delay_class: dictionary(),
});

/** Adds what the airports tell. What two airports have to do with each other is computed once. */
export function joinAirports(airports: Airports): OperatorFunction<Flight, Route> {
  const pairs = new Map<string, Map<string, Pair>>();
  return map(({ date, delay, distance, origin, destination }) => {
    const pair = pairs.get(origin)?.get(destination) ?? remember(pairs, origin, destination, airports);
    return {
      date,
      delay,
      distance,
      origin,
      destination,
      origin_state: pair.originState,
      destination_state: pair.destinationState,
      km: pair.km,
      delay_class: delayClass(delay),
    };
  });
}

/** @param delay in minutes */
export function delayClass(delay: number): DelayClass {
  if (delay < 0) return 'early';
  if (delay < 15) return 'on-time';
  return delay < extremeFrom ? 'late' : 'extreme';
}

interface Pair {
  readonly originState: string | null;
  readonly destinationState: string | null;
  readonly km: number | null;
}

function remember(
  pairs: Map<string, Map<string, Pair>>,
  origin: string,
  destination: string,
  airports: Airports,
): Pair {
  const from = airports.get(origin);
  const to = airports.get(destination);
  const pair: Pair = {
    originState: from?.state ?? null,
    destinationState: to?.state ?? null,
    km: from === undefined || to === undefined ? null : greatCircleKm(from, to),
  };
  const ofOrigin = pairs.get(origin) ?? new Map<string, Pair>();
  pairs.set(origin, ofOrigin.set(destination, pair));
  return pair;
}
