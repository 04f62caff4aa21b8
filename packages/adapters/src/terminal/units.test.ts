import { expect, test } from 'vitest';
import { slidingRate } from './rate.js';
import { formatBytes, formatCount, formatDuration, formatShare } from './units.js';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.00 kB'],
  [12_345, '12.3 kB'],
  [999_400, '999 kB'],
  [999_600, '1.00 MB'],
  [268_435_456, '268 MB'],
  [1_240_000_000, '1.24 GB'],
  [5e15, '5000 TB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [0, '0 ms'],
  [999.4, '999 ms'],
  [999.6, '1.0 s'],
  [12_345, '12.3 s'],
  [59_949, '59.9 s'],
  [59_960, '1 min 00 s'],
  [185_000, '3 min 05 s'],
])('%d ms are %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test('counts have separators and shares are per cent', () => {
  expect(formatCount(3_000_000)).toBe('3,000,000');
  expect(formatShare(0.426)).toBe('43 %');
});

test('the rate is that of the last seconds, not of the whole run', () => {
  const rate = slidingRate(1000);
  expect(rate.sample(0, 0)).toBe(0);
  expect(rate.sample(500, 100)).toBe(200);
  rate.sample(1000, 100);
  expect(rate.sample(2000, 100)).toBe(0);
  expect(rate.sample(3000, 600)).toBe(500);
});
