// Owns the output `extreme`: the flights delayed by four hours or more, as they came.
import { filter, type MonoTypeOperatorFunction } from 'rxjs';
import type { Flight } from './flight.js';

/** Minutes from which a delay is extreme. */
export const extremeFrom = 240;

export function extremeDelays(): MonoTypeOperatorFunction<Flight> {
  return filter((flight) => flight.delay >= extremeFrom);
}
