import { describe, expect, it } from 'vitest';
import { createKeptCharts, createToldCharts } from './kept-charts.js';
import { plainChart } from './plain-chart.js';

const config = (state: string) => ({ id: 'm', initial: state, states: { [state]: { on: { go: state } } } });

describe('charts that cross threads', () => {
  it('are one object for all threads, each of which sends it once', () => {
    const keep = createKeptCharts();
    const [one, other] = [createToldCharts(), createToldCharts()];
    const sent = [one(config('a')), one(config('a')), other(config('a')), other(config('b'))];
    expect(sent.map((chart) => chart?.text === undefined)).toEqual([false, true, false, false]);
    const [first, ...rest] = sent.map((chart) => keep(structuredClone(chart ?? {})));
    expect(first).toEqual(plainChart(config('a')));
    expect(rest.slice(0, 2).every((chart) => chart === first)).toBe(true);
    expect(rest[2]).toEqual(plainChart(config('b')));
  });

  it('are there for machines only', () => {
    const told = createToldCharts();
    for (const of of [undefined, null, 'text', async () => {}, {}]) expect(told(of)).toBeUndefined();
    expect(createKeptCharts()({ key: 'never told' })).toBeUndefined();
  });

  it('are whole each time once a thread has told 1 MiB of them', () => {
    const told = createToldCharts();
    const keep = createKeptCharts();
    const large = (name: string) => config(name.repeat(120_000));
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const name of names) told(large(name));
    const again = names.map((name) => told(large(name)));
    expect(again.map((chart) => [chart?.key === undefined, chart?.text === undefined])).toEqual([
      [false, true],
      [false, true],
      [true, false],
      [true, false],
      [true, false],
    ]);
    expect(keep(again[4] ?? {})).toEqual(plainChart(large('e')));
  });
});
