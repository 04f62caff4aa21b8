// What becomes of a write that Spark refuses: the pattern ends as if all were well, Tailrace says which output failed and why.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { jobOf, ways } from './bench/job.js';
import { type Order, type Outcome, rowsLeft, runPattern, runTailrace } from './bench/programs.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-spark-pattern-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const orderOf = (name: string, more: Partial<Order> = {}): Order => ({
  url: inject('sparkUrl'),
  out: join(folder, name),
  job: jobOf(20, 50),
  way: 'background, held by take(1)',
  ...more,
});

describe('the pattern in Python and Tailrace', () => {
  test.each(ways)('see and leave the same tables: %s', async (way) => {
    const [theirs, ours] = [orderOf(`pattern ${way}`, { way }), orderOf(`tailrace ${way}`, { way })];
    const [pattern, tailrace] = [await runPattern(theirs), await runTailrace(ours)];
    const seen = ({ looks }: Outcome) => Object.values(looks).map((values) => values.map(Number));
    expect(seen(tailrace)).toEqual(seen(pattern));
    const rows = { simulation: 1_000, transformation: 1_000, aggregation: 50 };
    expect([await rowsLeft(theirs), await rowsLeft(ours)]).toEqual([rows, rows]);
  });

  test('a write that fails is lost in the pattern, whose program ends well, and is what a run of Tailrace rejects with', async () => {
    const [theirs, ours] = [
      orderOf('pattern broken', { broken: 'transformation' }),
      orderOf('tailrace broken', { broken: 'transformation' }),
    ];
    // It ends with code 0, and prints its figures.
    expect((await runPattern(theirs)).seconds).toBeGreaterThan(0);
    await expect(runTailrace(ours)).rejects.toMatchObject({
      errors: [
        expect.objectContaining({ code: 'ENGINE_FAILED', message: expect.stringContaining('no such') }),
      ],
    });
    const rows = { simulation: 1_000, transformation: 0, aggregation: 50 };
    expect([await rowsLeft(theirs), await rowsLeft(ours)]).toEqual([rows, rows]);
  });
});
