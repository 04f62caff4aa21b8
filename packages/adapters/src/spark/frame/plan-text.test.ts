import { describe, expect, it } from 'vitest';
import { col, lit } from '../column/column.js';
import { transform } from '../functions/lambda.js';
import type { Relation, Relations } from '../protocol/relation.js';
import { DataFrame } from './data-frame.js';
import type { Engine } from './engine.js';
import { planOfText, textOfPlan as planTextOf } from './plan-text.js';

const textOfPlan = (plan: Relation): string => planTextOf(plan).text;

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
    const back = planOfText(planTextOf(plan), newId);
    expect(textOfPlan(back)).toBe(textOfPlan(plan));
    const [ids, before] = [idsIn(back), idsIn(plan)];
    expect(ids).toHaveLength(before.length);
    expect(new Set(ids.map((id, at) => `${before[at]} ${id}`)).size).toBe(new Set(before).size);
    expect(ids.every((id) => id > 100n)).toBe(true);
    expect(idsIn(planOfText(planTextOf(plan), newId)).some((id) => ids.includes(id))).toBe(false);
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
    expect(planOfText(planTextOf(plan), newId).relType.value).toStrictEqual(more);
  });

  it('has no secret in it, and is the same whatever they are', () => {
    const secret = 'hunter2-of-no-other-form';
    const plan = (password: string, host = 'db') => {
      const { relation, newId } = sessionFrom(0n);
      const options = {
        url: `jdbc:postgresql://me:${password}@${host}/x?user=me&password=${password}`,
        dbtable: 't',
        Password: password,
        'spark.hadoop.fs.s3a.secret.key': password,
        'kafka.sasl.jaas.config': `PlainLoginModule required username="u" password="${password}";`,
      };
      const read = relation('read', { readType: { case: 'dataSource', value: { format: 'jdbc', options } } });
      const query = `SELECT * FROM t WHERE a = 'b'`;
      const sql = relation('sql', { query, namedArguments: { apiKey: lit(password).expression } });
      const table = `CREATE TABLE x USING jdbc OPTIONS (url "jdbc:oracle:thin:me/${password}@db", password '${password}')`;
      const sides = { leftInput: read, rightInput: relation('sql', { query: table }), isAll: true };
      const both = relation('setOp', { ...sides, setOpType: 3 });
      return {
        plan: relation('setOp', { leftInput: both, rightInput: sql, setOpType: 3, isAll: true }),
        newId,
      };
    };
    const { plan: made, newId } = plan(secret);
    const planText = planTextOf(made);
    expect(planText.text).not.toContain(secret);
    expect(planText.text).toContain(`a = 'b'`);
    expect(JSON.stringify(planText.secrets)).toContain(secret);
    expect(textOfPlan(plan('another').plan)).toBe(planText.text);
    expect(textOfPlan(plan(secret, 'other-db').plan)).not.toBe(planText.text);
    // What the thread makes of it is the plan as it was.
    const back = planTextOf(planOfText(planText, newId));
    expect(back).toEqual(planText);
  });

  it('keeps parts apart that differ in nothing but a secret', () => {
    const { relation, newId } = sessionFrom(0n);
    const read = (token: string) =>
      relation('read', {
        readType: { case: 'dataSource', value: { format: 'x', paths: [], options: { token } } },
      });
    const plan = (one: string, other: string) =>
      relation('setOp', { leftInput: read(one), rightInput: read(other), setOpType: 3, isAll: true });
    const back = planOfText(planTextOf(plan('one', 'other')), newId);
    expect(back).toMatchObject({
      relType: {
        value: {
          leftInput: { relType: { value: { readType: { value: { options: { token: 'one' } } } } } },
          rightInput: { relType: { value: { readType: { value: { options: { token: 'other' } } } } } },
        },
      },
    });
  });

  it('keeps values and columns that are called like a name of its own', () => {
    const { range, newId } = sessionFrom(0n);
    const plan = range(1n).select({ planId: col('nameParts').plus(4n) }).relation;
    expect(planOfText(planTextOf(plan), newId)).toMatchObject({
      relType: { value: { expressions: [{ exprType: { value: { name: ['planId'] } } }] } },
    });
  });
});
