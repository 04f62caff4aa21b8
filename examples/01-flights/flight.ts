// Owns the row that everything here starts from: one flight, as the input file has it.
import { defineSchema, dictionary, int64, type Schema, timestamp } from '@tailrace/core';

export interface Flight {
  /** Scheduled departure: microseconds since 1970 in civil time, without a zone. */
  readonly date: number;
  /** Minutes late on arrival; negative when early. */
  readonly delay: number;
  /** Miles. */
  readonly distance: number;
  /** IATA code. */
  readonly origin: string;
  /** IATA code. */
  readonly destination: string;
}

export const flightSchema: Schema<Flight> = defineSchema({
  date: timestamp('us', { timezone: null, js: 'number' }),
  delay: int64({ js: 'number' }),
  distance: int64({ js: 'number' }),
  origin: dictionary(),
  destination: dictionary(),
});
