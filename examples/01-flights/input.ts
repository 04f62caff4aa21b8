// Owns where the demo's input lies: two files of the npm package vega-datasets.
import { fileURLToPath } from 'node:url';
import { readCsv, readParquet } from '@tailrace/adapters/sources';
import type { Source } from '@tailrace/core';
import { type AirportRow, airportSchema } from './airports.js';
import { type Flight, flightSchema } from './flight.js';

/** 3,000,000 flights of January to June 2001, sorted by date; dates have no zone. */
export function flightsFile(): Source<Flight> {
  return readParquet(dataFile('flights-3m.parquet'), { schema: flightSchema });
}

/** 3,376 airports. */
export function airportsFile(): Source<AirportRow> {
  return readCsv(dataFile('airports.csv'), { schema: airportSchema });
}

function dataFile(name: string): string {
  // The package exports only its script, which lies in build/ beside data/.
  return fileURLToPath(new URL(`../data/${name}`, import.meta.resolve('vega-datasets')));
}
