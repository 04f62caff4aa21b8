import { expect, it } from 'vitest';
import { duration } from './format.js';

it('writes durations in the units that a person would say, and carries what is rounded up', () => {
  const [second, minute] = [1_000, 60_000];
  const hour = 60 * minute;
  const written = new Map<number, string>([
    [0, '0.0 ms'],
    [9.96, '10 ms'],
    [999.6, '1.00 s'],
    [59_994, '59.99 s'],
    [59_996, '1 min 0 s'],
    [2 * minute - 1, '2 min 0 s'],
    [3 * minute + 5 * second, '3 min 5 s'],
    [hour - 1, '1 h 0 min'],
    [2 * hour + 10 * minute, '2 h 10 min'],
    [24 * hour, '1 d 0 h'],
    [99 * hour, '4 d 3 h'],
    [998_204_270_759 * second, '11,553,290 d 4 h'],
  ]);
  expect(new Map([...written.keys()].map((ms) => [ms, duration(ms)]))).toEqual(written);
});
