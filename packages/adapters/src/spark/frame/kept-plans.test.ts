import { expect, it } from 'vitest';
import type { Relation } from '../protocol/relation.js';
import { createKeptPlans } from './kept-plans.js';

const plan = (end: number): Relation => ({
  common: { planId: BigInt(end) },
  relType: { case: 'range', value: { start: 0n, end: BigInt(end), step: 1n } },
});
const cutOff = (): Promise<never> => Promise.reject(new Error('cut off'));
const done = async (): Promise<void> => {};

it('of plans whose persisting was cut off, and that were let go of since, the latest hundred are let go of once more', async () => {
  const kept = createKeptPlans();
  const plans = Array.from({ length: 150 }, (_, end) => plan(end));
  const unreleased = plan(-1);
  await expect(kept.persist(unreleased, cutOff)).rejects.toThrow('cut off');
  for (const one of plans) {
    await expect(kept.persist(one, cutOff)).rejects.toThrow('cut off');
    await kept.unpersist(one, done);
  }
  expect(kept.left).toEqual([unreleased, ...plans.slice(50)]);
});

it('a plan that was made anew lets go of the one that was persisted, which is asked for once more at the end, within a limit', async () => {
  const kept = createKeptPlans();
  const anew = (end: number): Relation => ({ ...plan(end), common: { planId: 7n } });
  const other = plan(-1);
  await kept.persist(other, done);
  const plans = Array.from({ length: 150 }, (_, end) => plan(end));
  for (const [end, one] of plans.entries()) {
    await kept.persist(one, done);
    await kept.unpersist(anew(end), done);
  }
  expect(kept.left).toEqual([other, ...plans.slice(50)]);
  await kept.unpersist(other, done);
  expect(kept.left).toEqual(plans.slice(50));
});

it('a plan that is left to another one is not let go of at the end, unless what became of its request is not known', async () => {
  const kept = createKeptPlans();
  await kept.persist(plan(1), done);
  const [held, untold] = [plan(2), plan(3)];
  await kept.persist(held, done);
  await expect(kept.persist(untold, cutOff)).rejects.toThrow('cut off');
  for (const one of [held, untold]) kept.leave(one);
  expect(kept.left).toEqual([plan(1), untold]);
});
