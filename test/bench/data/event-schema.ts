// Owns the synthetic table's columns as Tailrace declares them.
import { defineSchema, float64, int64, nullable, timestamp, utf8 } from '@tailrace/core';

export const eventSchema = defineSchema({
  id: int64({ js: 'number' }),
  ts: timestamp('us', { timezone: null, js: 'number' }),
  noise: float64(),
  value: float64(),
  price: float64(),
  rate: float64(),
  agent: utf8(),
  region: utf8(),
});

/** The same columns with gaps. */
export const sparseEventSchema = defineSchema({
  id: nullable(int64({ js: 'number' })),
  ts: nullable(timestamp('us', { timezone: null, js: 'number' })),
  noise: nullable(float64()),
  value: nullable(float64()),
  price: nullable(float64()),
  rate: nullable(float64()),
  agent: nullable(utf8()),
  region: nullable(utf8()),
});
