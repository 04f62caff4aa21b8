// A number of simulated worlds that must keep the promise, and the planted mistakes, which must still have their place.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runCampaign } from './campaign.js';
import { describeFailure } from './describe.js';
import { mistakes } from './mistakes.js';
import { type Outcome, simulate } from './simulate.js';

/** Worlds of a test run; `TAILRACE_SIMULATED_WORLDS` sets another number. */
const worlds = Number(process.env.TAILRACE_SIMULATED_WORLDS ?? 500);

describe('planted mistakes', () => {
  it.each(mistakes)('have their place in the source: $name', ({ file, find }) => {
    const source = new URL(`../../packages/core/src/${file}`, import.meta.url);
    expect(readFileSync(source, 'utf8')).toContain(find);
  });
});

describe('simulated worlds', () => {
  it('are the same for the same seed, to the last call', async () => {
    const first: Outcome[] = [];
    const second: Outcome[] = [];
    for (let seed = 1; seed <= 40; seed += 1) first.push(await simulate(seed));
    // In another order: a world must know nothing of the one before it.
    for (let seed = 40; seed >= 1; seed -= 1) second.unshift(await simulate(seed));
    expect(second.map(({ hash, steps }) => [hash, steps])).toEqual(
      first.map(({ hash, steps }) => [hash, steps]),
    );
    expect(new Set(first.map(({ hash }) => hash)).size).toBe(40);
  });

  it(`keep the promise, ${worlds} of them`, async () => {
    const told: string[] = [];
    const summary = await runCampaign({
      from: 1,
      runs: worlds,
      minutes: Number.POSITIVE_INFINITY,
      keepGoing: false,
      onFailure: (outcome) => void told.push(describeFailure(outcome)),
    });
    expect(told.join('\n')).toBe('');
    console.log(summary.table);
    // Trouble has come, or the worlds prove nothing.
    for (const kind of ['kill -9', 'power cut', 'abort', 'death of a thread', 'EIO of sync', 'hung call'])
      expect(summary.faults[kind], kind).toBeGreaterThan(0);
    expect(summary.outputs.done).toBeGreaterThan(worlds / 4);
  });
});
