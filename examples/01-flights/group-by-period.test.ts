import { from, lastValueFrom, type OperatorFunction, Subject, take, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { dailyDelays } from './daily.js';
import type { Flight } from './flight.js';
import { type HourlyDelay, hourlyDelays } from './hourly.js';

const micros = (text: string): number => Date.parse(`${text}Z`) * 1000;
const flight = (date: string, origin: string, delay: number): Flight => ({
  date: micros(date),
  delay,
  distance: 100,
  origin,
  destination: 'ZZZ',
});
const run = <A, B>(rows: readonly A[], op: OperatorFunction<A, B>): Promise<B[]> =>
  lastValueFrom(from(rows).pipe(op, toArray()));

describe('hourly', () => {
  test('has one row per origin and hour, by hour and then by origin', async () => {
    const rows = await run(
      [
        flight('2001-01-01T05:01', 'SEA', 10),
        flight('2001-01-01T05:30', 'ATL', -4),
        flight('2001-01-01T05:59', 'SEA', 20),
        flight('2001-01-01T07:00', 'SEA', 0),
      ],
      hourlyDelays(),
    );
    expect(rows).toEqual([
      {
        origin: 'ATL',
        hour: micros('2001-01-01T05:00'),
        flights: 1,
        mean_delay: -4,
        p95_delay: -4,
        max_delay: -4,
      },
      {
        origin: 'SEA',
        hour: micros('2001-01-01T05:00'),
        flights: 2,
        mean_delay: 15,
        p95_delay: 19.5,
        max_delay: 20,
      },
      {
        origin: 'SEA',
        hour: micros('2001-01-01T07:00'),
        flights: 1,
        mean_delay: 0,
        p95_delay: 0,
        max_delay: 0,
      },
    ]);
  });

  test('emits an hour as soon as the next one begins, and keeps nothing of it', () => {
    const flights = new Subject<Flight>();
    const rows: HourlyDelay[] = [];
    flights.pipe(hourlyDelays()).subscribe((row) => rows.push(row));
    flights.next(flight('2001-01-01T05:01', 'SEA', 10));
    flights.next(flight('2001-01-01T05:02', 'SEA', 30));
    expect(rows).toEqual([]);
    flights.next(flight('2001-01-01T06:00', 'SEA', 99));
    expect(rows.map((row) => [row.flights, row.mean_delay])).toEqual([[2, 20]]);
    flights.complete();
    expect(rows.map((row) => [row.flights, row.mean_delay])).toEqual([
      [2, 20],
      [1, 99],
    ]);
  });

  test('takes flights that go back within the hour', async () => {
    const rows = await run(
      [flight('2001-01-01T05:30', 'SEA', 1), flight('2001-01-01T05:10', 'SEA', 3)],
      hourlyDelays(),
    );
    expect(rows.map((row) => row.flights)).toEqual([2]);
  });

  test('refuses flights that go back to an earlier hour, and says which', async () => {
    const unsorted = [flight('2001-01-01T05:30', 'SEA', 1), flight('2001-01-01T04:59', 'ATL', 3)];
    await expect(run(unsorted, hourlyDelays())).rejects.toThrow(
      /2001-01-01T04 h from ATL .*Sort the input by date/,
    );
  });

  test('emits nothing for no flights', async () => {
    expect(await run([], hourlyDelays())).toEqual([]);
  });

  test('lets go of its input when its consumer has enough', () => {
    const flights = new Subject<Flight>();
    flights.pipe(hourlyDelays(), take(1)).subscribe();
    flights.next(flight('2001-01-01T05:30', 'SEA', 1));
    flights.next(flight('2001-01-01T06:30', 'SEA', 1));
    expect(flights.observed).toBe(false);
  });

  test('passes the error of its input on', async () => {
    const flights = new Subject<Flight>();
    const rows = lastValueFrom(flights.pipe(hourlyDelays()));
    flights.error(new Error('the file is gone'));
    await expect(rows).rejects.toThrow('the file is gone');
  });
});

describe('daily', () => {
  test('counts flights as late from 15 minutes on', async () => {
    const rows = await run(
      [
        flight('2001-01-01T00:01', 'SEA', 14),
        flight('2001-01-01T12:00', 'SEA', 15),
        flight('2001-01-01T23:59', 'SEA', 16),
        flight('2001-01-02T00:00', 'SEA', -5),
      ],
      dailyDelays(),
    );
    expect(rows).toEqual([
      { day: new Date('2001-01-01T00:00Z'), origin: 'SEA', flights: 3, mean_delay: 15, late_share: 2 / 3 },
      { day: new Date('2001-01-02T00:00Z'), origin: 'SEA', flights: 1, mean_delay: -5, late_share: 0 },
    ]);
  });
});
