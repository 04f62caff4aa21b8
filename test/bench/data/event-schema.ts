// Owns the synthetic table's columns as Tailrace declares them.
import { defineSchema, float64, int64, timestamp, utf8 } from '@tailrace/core';

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
