// Owns the synthetic table with gaps, for the conversions: every column may be null, and two are, in a row of twenty.
import { type Event, eventColumns, eventsOf } from './synthetic.js';

export type SparseEvent = { readonly [K in keyof Event]: Event[K] | null };

export function sparseEvents(rows: number): SparseEvent[] {
  return eventsOf(eventColumns(rows), 0, rows).map((event) => ({
    ...event,
    price: event.id % 20 === 7 ? null : event.price,
    agent: event.id % 20 === 13 ? null : event.agent,
  }));
}
