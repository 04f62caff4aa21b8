import { describe, expect, it } from 'vitest';
import type { Relation } from '../protocol/relation.js';
import {
  equalByHand,
  givenUpByHand,
  heldByHand,
  leaves,
  nothingByHandIn,
  planName,
  printOf,
  whenEqualGone,
} from './equal-plans.js';
import { fingerprintOf, textOfPlan } from './plan-text.js';

let ids = 0n;
const range = (end: bigint): Relation => {
  ids += 1n;
  return { common: { planId: ids }, relType: { case: 'range', value: { start: 0n, end, step: 1n } } };
};

/** Servers of their own, as what is tested is of this process. */
let servers = 0;
const newSession = () => {
  servers += 1;
  return { server: `127.0.0.1:${servers}`, isAway: false };
};

describe('what is held by hand', () => {
  it('is found by an equal plan of any session with that server, until its holder gives it up', () => {
    const session = newSession();
    const holder = {};
    heldByHand(holder, { session, relation: range(3n) });
    const holders = (server: string, end: bigint) => [
      ...equalByHand({ session: { server, isAway: false }, relation: range(end) }).keys(),
    ];
    expect(holders(session.server, 3n)).toEqual([holder]);
    expect([holders(session.server, 4n), holders('another:1', 3n)]).toEqual([[], []]);
    givenUpByHand(holder);
    expect(holders(session.server, 3n)).toEqual([]);
  });

  it('is looked at once, however many plans it is compared with', () => {
    const session = newSession();
    let looks = 0;
    const plans = Array.from({ length: 50 }, (_, end) => range(BigInt(end)));
    for (const relation of plans)
      heldByHand(relation, {
        session,
        get relation() {
          looks += 1;
          return relation;
        },
      });
    for (const [end, relation] of plans.entries()) {
      const equal = equalByHand({ session, relation: range(BigInt(end)) });
      expect([...equal.keys()]).toEqual([relation]);
    }
    expect(looks).toBe(50);
    for (const relation of plans) givenUpByHand(relation);
    expect(plans.some((relation) => equalByHand({ session, relation }).size > 0)).toBe(false);
  });

  it('is what was so when it was asked for, whatever is held and given up meanwhile', () => {
    const session = newSession();
    const [first, second] = [range(3n), range(3n)];
    heldByHand(first, { session, relation: first });
    const equal = equalByHand({ session, relation: first });
    heldByHand(second, { session, relation: second });
    expect([...equal.keys()]).toEqual([first]);
    expect([...equalByHand({ session, relation: first }).keys()]).toEqual([first, second]);
    givenUpByHand(first);
    expect([...equal.keys()]).toEqual([first]);
    nothingByHandIn(session);
  });

  it('ends with its session alone', () => {
    const session = newSession();
    const other = { ...session };
    const [mine, theirs] = [
      { session, relation: range(3n) },
      { session: other, relation: range(3n) },
    ];
    for (const plan of [mine, theirs]) heldByHand(plan.relation, plan);
    nothingByHandIn(session);
    expect([...equalByHand(mine).values()]).toEqual([theirs]);
    nothingByHandIn(other);
  });
});

it('a plan is not made a text again whose text is there', () => {
  let looks = 0;
  const { relType } = range(3n);
  const relation: Relation = {
    get relType() {
      looks += 1;
      return relType;
    },
  };
  const text = textOfPlan(relation);
  const before = looks;
  expect(printOf(relation, text)).toBe(fingerprintOf(text));
  expect(printOf(relation)).toBe(fingerprintOf(text));
  expect(looks).toBe(before);
});

it('a plan waits for every equal one that just goes, and for no other', async () => {
  const session = newSession();
  let go = (): void => {};
  const going = new Promise<void>((resolve) => {
    go = resolve;
  });
  const over = leaves(planName(session.server, printOf(range(5n))), going);
  await whenEqualGone({ session, relation: range(6n) }, undefined);
  let isOver = false;
  const waiting = whenEqualGone({ session, relation: range(5n) }, undefined).then(() => {
    isOver = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isOver).toBe(false);
  go();
  await Promise.all([over, waiting]);
});
