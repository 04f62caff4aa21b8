import { describe, expect, it } from 'vitest';
import { col, lit } from '../column/column.js';
import { DataFrame } from '../frame/data-frame.js';
import type { Engine } from '../frame/engine.js';
import { transform } from '../functions/lambda.js';
import type { Relation, Relations } from '../protocol/relation.js';
import { planOfText, textOfPlan } from './plan-text.js';

/** Frames of a session whose ids begin at some number. */
function sessionFrom(first: bigint) {
  let last = first;
  const newId = (): bigint => {
    last += 1n;
    return last;
  };
  const relation: Engine['relation'] = (name, value) => ({
    common: { planId: newId() },
    // The name belongs to the value.
    relType: { case: name, value } as Relation['relType'],
  });
  // Plans are made without anything else of a session.
  const engine = { relation, newId } as unknown as Engine;
  const range = (end: bigint) => new DataFrame(engine, relation('range', { start: 0n, end, step: 1n }));
  return { newId, range, relation };
}

/** A plan with everything that has a name of its own: relations, columns of one of them, and variables within each other. */
function planOf({ range }: ReturnType<typeof sessionFrom>, end = 9n): Relation {
  const [left, right] = [range(end), range(5n)];
  const joined = left.join(right, left.col('id' as never).eq(right.col('id' as never)));
  return joined.union(joined).select({ v: transform('list', (x) => transform('list', (y) => x.plus(y))) })
    .relation;
}

const idsIn = (plan: unknown): bigint[] =>
  typeof plan !== 'object' || plan === null
    ? []
    : Object.entries(plan).flatMap(([key, item]) => (key === 'planId' ? [item] : idsIn(item)));

describe('the text of a plan', () => {
  it('is the same for the same plan of another session, and another one for another plan', () => {
    const text = textOfPlan(planOf(sessionFrom(0n)));
    expect(textOfPlan(planOf(sessionFrom(2n ** 40n)))).toBe(text);
    expect(textOfPlan(planOf(sessionFrom(0n), 10n))).not.toBe(text);
  });

  it('gives the plan back, with ids of the session that it is for, each for one of the plan', () => {
    const plan = planOf(sessionFrom(7n));
    const { newId } = sessionFrom(100n);
    const back = planOfText(textOfPlan(plan), newId);
    expect(textOfPlan(back)).toBe(textOfPlan(plan));
    const [ids, before] = [idsIn(back), idsIn(plan)];
    expect(ids).toHaveLength(before.length);
    expect(new Set(ids.map((id, at) => `${before[at]} ${id}`)).size).toBe(new Set(before).size);
    expect(ids.every((id) => id > 100n)).toBe(true);
    expect(idsIn(planOfText(textOfPlan(plan), newId)).some((id) => ids.includes(id))).toBe(false);
  });

  it('holds a part that the plan has twice once', () => {
    const { range } = sessionFrom(0n);
    let frame = range(1n);
    const lengths = [1, 2, 3].map(() => {
      for (let times = 0; times < 5; times += 1) frame = frame.union(frame);
      return textOfPlan(frame.relation).length;
    });
    const [first = 0, second = 0, third = 0] = lengths;
    expect(third - second).toBeLessThan(2 * (second - first));
  });

  it('is the same however its values lie in memory, and whatever was made before', () => {
    const sampled = (share: number) => textOfPlan(sessionFrom(0n).range(9n).sample(share, 7).relation);
    const before = sampled(1);
    expect(sampled(0.5)).not.toBe(before);
    expect(sampled(1)).toBe(before);
    const query = 'SELECT something that is long enough';
    const sql = (text: string) => textOfPlan(sessionFrom(0n).relation('sql', { query: text }));
    // A slice of a text with letters that take two bytes.
    expect(sql(`é€${query}`.slice(2))).toBe(sql(query));
    const named = (args: Relations['sql']['namedArguments']) =>
      textOfPlan(sessionFrom(0n).relation('sql', { query, namedArguments: args ?? {} }));
    const [a, b] = [lit(1).expression, lit(2).expression];
    expect(named({ a, b })).toBe(named({ b, a }));
  });

  it('keeps values of every kind', () => {
    const { newId, relation } = sessionFrom(0n);
    const values = {
      a: -0,
      b: Number.NaN,
      c: -Infinity,
      d: 2n ** 62n,
      e: Uint8Array.of(0, 255),
      f: null,
      g: undefined,
    };
    const more = { ...values, h: [[], ['n', '1'], [1], {}, 'é\u0000\ud800'], 3: true, ['__proto__']: 1.5 };
    // No plan has all of these: only that they come back is looked at.
    const plan = relation('sql', more as never);
    expect(planOfText(textOfPlan(plan), newId).relType.value).toStrictEqual(more);
  });

  it('keeps values and columns that are called like a name of its own', () => {
    const { range, newId } = sessionFrom(0n);
    const plan = range(1n).select({ planId: col('nameParts').plus(4n) }).relation;
    expect(planOfText(textOfPlan(plan), newId)).toMatchObject({
      relType: { value: { expressions: [{ exprType: { value: { name: ['planId'] } } }] } },
    });
  });
});
