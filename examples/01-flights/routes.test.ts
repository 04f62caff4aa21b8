import { lastValueFrom, of, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import type { Airports } from './airports.js';
import type { Flight } from './flight.js';
import { greatCircleKm } from './great-circle.js';
import { delayClass, joinAirports, type Route } from './routes.js';

const airports: Airports = new Map([
  ['SEA', { state: 'WA', lat: 47.44898194, lon: -122.3093131 }],
  ['MQT', { state: 'NA', lat: 46.353639, lon: -87.395361 }],
]);
const flight = (origin: string, destination: string, delay = 5): Flight => ({
  date: 978_307_260_000_000,
  delay,
  distance: 1640,
  origin,
  destination,
});
const routes = (...flights: Flight[]): Promise<Route[]> =>
  lastValueFrom(of(...flights).pipe(joinAirports(airports), toArray()));

test('a route keeps the columns of the flight and adds states, distance and class', async () => {
  const [route] = await routes(flight('SEA', 'MQT'));
  expect(route).toEqual({
    ...flight('SEA', 'MQT'),
    origin_state: 'WA',
    destination_state: 'NA',
    km: greatCircleKm({ lat: 47.44898194, lon: -122.3093131 }, { lat: 46.353639, lon: -87.395361 }),
    delay_class: 'on-time',
  });
});

test('there and back are told apart', async () => {
  const [there, back, again] = await routes(flight('SEA', 'MQT'), flight('MQT', 'SEA'), flight('SEA', 'MQT'));
  expect([there, back, again].map((route) => route?.origin_state)).toEqual(['WA', 'NA', 'WA']);
  expect(back?.km).toBeCloseTo(there?.km ?? Number.NaN, 9);
});

test('an airport that is not in the list leaves nulls, not a wrong value', async () => {
  const [from, to] = await routes(flight('XXX', 'SEA'), flight('SEA', 'XXX'));
  expect(from).toMatchObject({ origin_state: null, destination_state: 'WA', km: null });
  expect(to).toMatchObject({ origin_state: 'WA', destination_state: null, km: null });
});

test.each([
  [-1, 'early'],
  [0, 'on-time'],
  [14, 'on-time'],
  [15, 'late'],
  [239, 'late'],
  [240, 'extreme'],
])('a delay of %i minutes is %s', (delay, name) => {
  expect(delayClass(delay)).toBe(name);
});

describe('great-circle distance', () => {
  test.each([
    ['nowhere', { lat: 10, lon: 20 }, { lat: 10, lon: 20 }, 0],
    ['a quarter of the equator', { lat: 0, lon: 0 }, { lat: 0, lon: 90 }, (Math.PI / 2) * 6371.0088],
    ['pole to pole', { lat: 90, lon: 0 }, { lat: -90, lon: 55 }, Math.PI * 6371.0088],
    ['across the date line', { lat: 0, lon: 179.5 }, { lat: 0, lon: -179.5 }, (Math.PI / 180) * 6371.0088],
    // Nashville to Los Angeles, the example of many pages on the formula: 2886.44 km at R = 6371 km... times R's ratio.
    [
      'BNA to LAX',
      { lat: 36.12, lon: -86.67 },
      { lat: 33.94, lon: -118.4 },
      2886.4444428 * (6371.0088 / 6371),
    ],
  ])('%s', (_, a, b, km) => {
    expect(greatCircleKm(a, b)).toBeCloseTo(km, 2);
  });
});
