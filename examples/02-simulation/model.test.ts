import { lastValueFrom, of, toArray } from 'rxjs';
import { expect, test } from 'vitest';
import { seededRandom } from '../01-flights/random.js';
import { changes, dayRisks, type Price, simulatedPrices } from './model.js';
import { normal } from './normal.js';
import { putValue } from './put-option.js';

const model = { paths: 3, steps: 4, seed: 1 };
const price = (step: number, path: number, value: number): Price => ({ step, path, price: value });

test('prices are the same at every subscription, and others for another seed', async () => {
  const stream = simulatedPrices(model).pipe(toArray());
  const once = await lastValueFrom(stream);
  expect(once).toHaveLength(15);
  expect(once.slice(0, 3).map((row) => row.price)).toEqual([100, 100, 100]);
  expect(await lastValueFrom(stream)).toEqual(once);
  expect(await lastValueFrom(simulatedPrices({ ...model, seed: 2 }).pipe(toArray()))).not.toEqual(once);
});

test('prices of more than one chunk are complete and in order', async () => {
  const rows = await lastValueFrom(simulatedPrices({ paths: 1000, steps: 9, seed: 1 }).pipe(toArray()));
  expect(rows.map((row) => row.step * 1000 + row.path)).toEqual(
    Array.from({ length: 10_000 }, (_, index) => index),
  );
});

test('changes compare a price with the last and the highest of its own path', async () => {
  const prices = [
    price(0, 0, 100),
    price(0, 1, 50),
    price(1, 0, 80),
    price(1, 1, 60),
    price(2, 0, 160),
    price(2, 1, 30),
  ];
  const rows = await lastValueFrom(of(...prices).pipe(changes({ ...model, paths: 2 }), toArray()));
  const expected = [
    [0, 0],
    [0, 0],
    [Math.log(0.8), 0.2],
    [Math.log(1.2), 0],
    [Math.log(2), 0],
    [Math.log(0.5), 0.5],
  ];
  rows.forEach((row, index) => {
    expect(row.log_return).toBeCloseTo(expected[index]?.[0] ?? Number.NaN, 12);
    expect(row.drawdown).toBeCloseTo(expected[index]?.[1] ?? Number.NaN, 12);
  });
  expect(rows).toHaveLength(6);
});

test('risks sum a day up', async () => {
  const insurance = 1;
  const change = (step: number, path: number, log_return: number, drawdown: number) => ({
    step,
    path,
    log_return,
    drawdown,
    insurance,
  });
  const rows = await lastValueFrom(
    of(change(0, 0, 0.1, 0.2), change(0, 1, 0.3, 0.4), change(1, 0, -1, 0)).pipe(dayRisks(model), toArray()),
  );
  expect(rows).toHaveLength(2);
  expect(rows[0]?.step).toBe(0);
  expect(rows[0]?.mean_return).toBeCloseTo(0.2, 12);
  expect(rows[0]?.volatility).toBeCloseTo(0.1, 12);
  expect(rows[0]?.worst_percent).toBe(0.1);
  expect(rows[0]?.worst_drawdown).toBe(0.4);
  expect(rows[1]).toEqual({ step: 1, mean_return: -1, volatility: 0, worst_percent: -1, worst_drawdown: 0 });
});

test('normal numbers have mean 0, variance 1 and the tails of a normal distribution', () => {
  const next = normal(seededRandom(9));
  const values = Array.from({ length: 100_000 }, next);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  expect(mean).toBeCloseTo(0, 1);
  expect(variance).toBeCloseTo(1, 1);
  expect(values.filter((value) => Math.abs(value) > 1.96).length / values.length).toBeCloseTo(0.05, 2);
});

test.each([
  // At the strike: 100 * (2 * N(0.1) - 1), as N(0.1) = 0.539827837.
  ['at the strike', 100, 100, 0.2, 7.965567],
  ['far above the strike', 1000, 100, 0.2, 0],
  ['far below the strike', 1, 100, 0.2, 99],
])('a put %s has its value', (_, price, strike, deviation, value) => {
  expect(putValue(price, strike, deviation)).toBeCloseTo(value, 4);
});
