import fc from 'fast-check';
import { from, lastValueFrom, of, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { aliasTable, draw } from './alias-table.js';
import { countDelay, delayCounts, delayTable } from './delay-counts.js';
import { type DelayDistributions, delayDistributions } from './distributions.js';
import type { Flight } from './flight.js';
import { seededRandom } from './random.js';
import { resampleDelays, type Scenario } from './scenarios.js';

const hour = 3_600_000_000;
const flight = (hourOfDay: number, origin: string, delay: number): Flight => ({
  date: 24 * hour * 11_323 + hourOfDay * hour + 60_000_000,
  delay,
  distance: 100,
  origin,
  destination: 'ZZZ',
});
const flights = [
  flight(5, 'SEA', 1),
  flight(5, 'SEA', 2),
  flight(5, 'ATL', 50),
  flight(6, 'SEA', 1688),
  flight(6, 'SEA', -1116),
];
const distributionsOf = (rows: readonly Flight[]): Promise<DelayDistributions> =>
  lastValueFrom(from(rows).pipe(delayDistributions()));
const scenariosOf = async (rows: readonly Flight[], seed: number): Promise<Scenario[]> =>
  lastValueFrom(from(rows).pipe(resampleDelays(await distributionsOf(rows), { seed }), toArray()));

describe('scenarios', () => {
  test('have three numbered replicates per flight, in the order of the flights', async () => {
    const rows = await scenariosOf(flights, 1);
    expect(rows.map((row) => row.replicate)).toEqual(flights.flatMap(() => [1, 2, 3]));
    expect(rows.map((row) => row.date)).toEqual(flights.flatMap(({ date }) => [date, date, date]));
    expect(Object.keys(rows[0] ?? {})).toEqual(['date', 'origin', 'destination', 'replicate', 'delay']);
  });

  test('draw only delays of the same origin and hour of day', async () => {
    const rows = await scenariosOf(flights, 2);
    expect(rows.filter((row) => row.origin === 'ATL').map((row) => row.delay)).toEqual([50, 50, 50]);
    for (const row of rows.slice(0, 6)) expect([1, 2]).toContain(row.delay);
    for (const row of rows.slice(9)) expect([1688, -1116]).toContain(row.delay);
  });

  test('are the same for the same seed and others for another', async () => {
    const many = Array.from({ length: 50 }, (_, index) => flight(5, 'SEA', index));
    expect(await scenariosOf(many, 7)).toEqual(await scenariosOf(many, 7));
    expect(await scenariosOf(many, 7)).not.toEqual(await scenariosOf(many, 8));
  });

  test('of flights that were not counted are an error that names them', async () => {
    const distributions = await distributionsOf(flights);
    const other = lastValueFrom(of(flight(23, 'SEA', 0)).pipe(resampleDelays(distributions, { seed: 1 })));
    await expect(other).rejects.toThrow(/No flight from SEA departed at 23 h/);
  });
});

describe('distributions', () => {
  test('come once, after the last flight', async () => {
    const emitted = await lastValueFrom(from(flights).pipe(delayDistributions(), toArray()));
    expect(emitted).toHaveLength(1);
    expect([...(emitted[0]?.keys() ?? [])]).toEqual(['SEA', 'ATL']);
  });

  test('refuse what cannot be a delay', async () => {
    await expect(distributionsOf([flight(5, 'SEA', 1e9)])).rejects.toThrow(/1000000000 minutes is outside/);
    await expect(distributionsOf([flight(5, 'SEA', 0.5)])).rejects.toThrow(/0.5 minutes is outside/);
  });

  test('know each delay as often as it occurred', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -3000, max: 3000 }), { minLength: 1, maxLength: 60 }),
        (delays) => {
          const counts = delayCounts();
          for (const delay of delays) countDelay(counts, delay);
          expect(massOf(delayTable(counts))).toEqual(sharesOf(delays));
        },
      ),
    );
  });
});

/** Share of each value, read out of the table instead of drawn. */
function massOf({ value, alias, split }: ReturnType<typeof aliasTable>): Map<number, number> {
  const mass = new Map<number, number>();
  const give = (to: number, share: number): void =>
    void mass.set(to, (mass.get(to) ?? 0) + share / value.length);
  value.forEach((own, place) => {
    give(own, split[place] ?? 0);
    give(alias[place] ?? 0, 1 - (split[place] ?? 0));
  });
  return rounded(mass);
}

function sharesOf(values: readonly number[]): Map<number, number> {
  const shares = new Map<number, number>();
  for (const value of values) shares.set(value, (shares.get(value) ?? 0) + 1 / values.length);
  return rounded(shares);
}

function rounded(shares: Map<number, number>): Map<number, number> {
  const entries = [...shares].map(([value, share]): [number, number] => [
    value,
    Math.round(share * 1e9) / 1e9,
  ]);
  return new Map(entries.filter(([, share]) => share > 0).sort(([a], [b]) => a - b));
}

describe('alias table', () => {
  test('draws in proportion to the weights', () => {
    const table = aliasTable([10, 20, 30], [1, 2, 5]);
    const uniform = seededRandom(3);
    const drawn = Array.from({ length: 80_000 }, () => draw(table, uniform()));
    const share = (value: number): number => drawn.filter((other) => other === value).length / drawn.length;
    expect(share(10)).toBeCloseTo(1 / 8, 2);
    expect(share(20)).toBeCloseTo(2 / 8, 2);
    expect(share(30)).toBeCloseTo(5 / 8, 2);
  });

  test.each([
    [[], []],
    [[1], []],
    [[1], [0]],
  ])('refuses values %j with weights %j', (values, weights) => {
    expect(() => aliasTable(values, weights)).toThrow(RangeError);
  });
});

describe('seeded random numbers', () => {
  test('are the same for the same seed, differ between neighbouring seeds, and stay within [0, 1)', () => {
    const numbers = (seed: number): number[] => Array.from({ length: 1000 }, seededRandom(seed));
    expect(numbers(2001)).toEqual(numbers(2001));
    expect(numbers(2001).slice(0, 3)).not.toEqual(numbers(2002).slice(0, 3));
    expect(numbers(5).every((value) => value >= 0 && value < 1)).toBe(true);
    expect(numbers(5).reduce((sum, value) => sum + value, 0) / 1000).toBeCloseTo(0.5, 1);
  });
});
