import type { Source } from '@tailrace/core';
import { expect, test } from 'vitest';
import { type Flight, flightSchema } from './flight.js';
import { copies, copyShiftDays } from './source.js';

const flight = (date: number): Flight => ({ date, delay: 1, distance: 2, origin: 'SEA', destination: 'ATL' });

/** Chunks of given sizes; notes how often it is opened and left. */
function inputOf(...sizes: number[]): Source<Flight> & { opened: number; closed: number; yielded: number } {
  let date = 0;
  return {
    name: 'flights',
    totalItems: sizes.reduce((sum, size) => sum + size, 0),
    opened: 0,
    closed: 0,
    yielded: 0,
    async *open() {
      this.opened += 1;
      date = 0;
      try {
        for (const size of sizes) {
          this.yielded += 1;
          yield Array.from({ length: size }, () => flight(date++));
        }
      } finally {
        this.closed += 1;
      }
    },
  };
}

async function datesOf(source: Source<Flight>): Promise<number[]> {
  const dates: number[] = [];
  for await (const chunk of source.open(new AbortController().signal))
    dates.push(...chunk.map(({ date }) => date));
  return dates;
}

test('one whole copy is the input', async () => {
  const source = copies(inputOf(3, 2), { repeat: 1 });
  expect(await datesOf(source)).toEqual([0, 1, 2, 3, 4]);
  expect(source.totalItems).toBe(5);
});

test('rows are cut in the middle of a chunk, and no further chunk is asked for', async () => {
  const input = inputOf(3, 3, 3);
  const source = copies(input, { rows: 5, repeat: 1 });
  expect(await datesOf(source)).toEqual([0, 1, 2, 3, 4]);
  expect(source.totalItems).toBe(5);
  expect([input.yielded, input.closed]).toEqual([2, 1]);
});

test('rows that end with a chunk ask for no further one', async () => {
  const input = inputOf(3, 3);
  await datesOf(copies(input, { rows: 3, repeat: 1 }));
  expect([input.yielded, input.closed]).toEqual([1, 1]);
});

test('each copy lies half a year after the one before, and the input is opened for each', async () => {
  const input = inputOf(2);
  const source = copies(input, { repeat: 3 });
  const shift = copyShiftDays * 24 * 3_600_000_000;
  expect(await datesOf(source)).toEqual([0, 1, shift, shift + 1, 2 * shift, 2 * shift + 1]);
  expect(source.totalItems).toBe(6);
  expect([input.opened, input.closed]).toEqual([3, 3]);
});

test('parts and copies keep the columns that the input knows', () => {
  const schema = flightSchema;
  const input = { ...inputOf(3), schema };
  expect(copies(input, { repeat: 1 }).schema).toBe(schema);
  expect(copies(input, { rows: 2, repeat: 1 }).schema).toBe(schema);
  expect(copies(input, { rows: 2, repeat: 2 }).schema).toBe(schema);
});

test('it can be opened again', async () => {
  const source = copies(inputOf(2), { rows: 1, repeat: 2 });
  expect(await datesOf(source)).toEqual(await datesOf(source));
});
