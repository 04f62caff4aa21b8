import { fromIterable, type Run } from '@tailrace/core';
import { expect, test } from 'vitest';
import type { Flight } from './flight.js';
import { helpText, outputNames, parseOptions, UsageError } from './options.js';
import { flightsPipeline } from './pipeline.js';

test('without arguments everything is computed, with the defaults of the framework', () => {
  expect(parseOptions([])).toEqual({
    help: false,
    only: new Set(outputNames),
    rows: undefined,
    repeat: 1,
    workers: undefined,
    memory: undefined,
    out: 'out/flights',
    inspect: false,
    wait: false,
    trace: undefined,
  });
});

test('every option is taken, with a space or an equals sign', () => {
  const argv = [
    '--only',
    'daily,hourly',
    '--rows=1000',
    '--repeat',
    '3',
    '--workers',
    '2',
    '--memory=64MiB',
    '--out',
    '/tmp/x',
    '--inspect',
    '--wait',
    '--trace=/tmp/trace.json',
  ];
  expect(parseOptions(argv)).toEqual({
    help: false,
    only: new Set(['hourly', 'daily']),
    rows: 1000,
    repeat: 3,
    workers: 2,
    memory: '64MiB',
    out: '/tmp/x',
    inspect: true,
    wait: true,
    trace: '/tmp/trace.json',
  });
});

test('--sync means no workers', () => {
  expect(parseOptions(['--sync']).workers).toBe(0);
  expect(parseOptions(['--sync', '--workers', '0']).workers).toBe(0);
});

test.each([
  [['--sync', '--workers', '2'], /--sync writes without threads, but --workers asks for 2/],
  [['--only', 'dayly'], /--only knows no output "dayly"\. The outputs are routes, hourly/],
  [['--only', ''], /--only knows no output ""/],
  [['--rows', '0'], /--rows takes a whole number of at least 1, not "0"/],
  [['--rows', '1e6'], /--rows takes a whole number of at least 1, not "1e6"/],
  [['--rows', '99999999999999999999'], /--rows takes a whole number/],
  [['--repeat=-1'], /--repeat takes a whole number of at least 1, not "-1"/],
  [['--workers', 'two'], /--workers takes a whole number of at least 0, not "two"/],
  [['--row', '5'], /--row\b/],
  [['routes'], /routes/],
  [['--rows'], /--rows/],
])('%j is refused by name', (argv, message) => {
  expect(() => parseOptions(argv)).toThrow(UsageError);
  expect(() => parseOptions(argv)).toThrow(message);
});

test('the size that the help names as an example is enough for all outputs', async () => {
  const memory = /such as (\w+)/.exec(helpText)?.[1];
  const nothing = fromIterable<Flight>([]);
  const flights = flightsPipeline(
    { flights: nothing, airports: new Map() },
    { only: new Set(outputNames), out: 'out/never' },
  );
  // A run that is aborted from its beginning still checks its budget first.
  const aborted = (of: string | undefined): Run =>
    flights.run({ memory: of, workers: 0, signal: AbortSignal.abort() });
  expect(() => aborted('64MiB')).toThrow(/Run it with memory/);
  expect((await aborted(memory).settled).bytesLimit).toBe(512 * 2 ** 20);
});

test('the help names every option and output', () => {
  for (const flag of [
    '--sync',
    '--only',
    '--rows',
    '--repeat',
    '--workers',
    '--memory',
    '--out',
    '--inspect',
    '--wait',
    '--trace',
    '--help',
    ...outputNames,
  ]) {
    expect(helpText).toContain(flag);
  }
  expect(parseOptions(['-h']).help).toBe(true);
});
