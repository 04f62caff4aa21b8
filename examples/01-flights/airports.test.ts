import type { Source } from '@tailrace/core';
import { expect, test } from 'vitest';
import { type AirportRow, loadAirports } from './airports.js';

test('airports are found by code, and NA stays text', async () => {
  const rows: AirportRow[] = [
    { iata: 'SEA', state: 'WA', latitude: 47.4, longitude: -122.3 },
    { iata: 'MQT', state: 'NA', latitude: 46.4, longitude: -87.4 },
  ];
  const source: Source<AirportRow> = {
    async *open() {
      yield rows.slice(0, 1);
      yield rows.slice(1);
    },
  };
  const airports = await loadAirports(source, new AbortController().signal);
  expect(airports.get('SEA')).toEqual({ state: 'WA', lat: 47.4, lon: -122.3 });
  expect(airports.get('MQT')?.state).toBe('NA');
  expect(airports.size).toBe(2);
});
