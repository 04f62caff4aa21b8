// Owns the list of airports: read once, whole, looked up by code.
import { defineSchema, float64, type Schema, type Source, utf8 } from '@tailrace/core';
import type { Position } from './great-circle.js';

export interface Airport extends Position {
  /** Of the USA. `NA` is how the file writes an unknown state, and stays text. */
  readonly state: string;
}

/** By IATA code. */
export type Airports = ReadonlyMap<string, Airport>;

export interface AirportRow {
  readonly iata: string;
  readonly state: string;
  readonly latitude: number;
  readonly longitude: number;
}

export const airportSchema: Schema<AirportRow> = defineSchema({
  iata: utf8(),
  state: utf8(),
  latitude: float64(),
  longitude: float64(),
});

/** The last row wins where a code occurs twice. */
export async function loadAirports(from: Source<AirportRow>, signal: AbortSignal): Promise<Airports> {
  const airports = new Map<string, Airport>();
  for await (const chunk of from.open(signal)) {
    for (const { iata, state, latitude, longitude } of chunk)
      airports.set(iata, { state, lat: latitude, lon: longitude });
  }
  return airports;
}
