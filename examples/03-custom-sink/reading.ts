// Owns the row of this example: what a sensor measured.
import { defineSchema, dictionary, float64, type Schema, timestamp } from '@tailrace/core';

export interface Reading {
  readonly time: Date;
  readonly sensor: string;
  readonly celsius: number;
}

export const readingSchema: Schema<Reading> = defineSchema({
  time: timestamp('ms'),
  sensor: dictionary(),
  celsius: float64(),
});
