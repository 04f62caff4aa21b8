import { from, of, range, Subject } from 'rxjs';
import { map, take, tap } from 'rxjs/operators';
import { describe, expect, it } from 'vitest';
import { defineSchema, int32, timestamp, utf8 } from '../batch/schema.js';
import { buildBatches, createTestMemory } from './test-rig.js';
import { toBatches } from './to-batches.js';

const throwing = (): never => {
  throw new Error('out of order');
};
const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

describe('toBatches', () => {
  it('emits full batches as rows come, the rest at the end, and holds none afterwards', () => {
    const memory = createTestMemory();
    const out = new Subject<{ n: number }>();
    const seen: number[][] = [];
    let done = false;
    out.pipe(toBatches({ memory, batchRows: 2, schema: defineSchema({ n: int32() }) })).subscribe({
      next: (batch) => seen.push([...batch.toRows()].map(({ n }) => n)),
      complete: () => {
        done = true;
      },
    });
    for (const n of [1, 2, 3]) out.next({ n });
    expect(seen).toEqual([[1, 2]]);
    out.complete();
    expect([seen, done, memory.budget.usedBytes]).toEqual([[[1, 2], [3]], true, 0]);
  });

  it('lets batches pass, after the rows that came before them', () => {
    const memory = createTestMemory();
    const [batch] = buildBatches([{ n: 2 }], { memory, schema: defineSchema({ n: int32() }) });
    const seen: number[] = [];
    const items: unknown[] = [{ n: 1 }, batch, { n: 3 }];
    of(...items)
      .pipe(toBatches<unknown>({ memory, schema: defineSchema({ n: int32() }) }))
      .subscribe((each) => {
        for (const row of each.toRows()) seen.push((row as { n: number }).n);
      });
    expect(seen).toEqual([1, 2, 3]);
    batch?.release();
    expect(memory.budget.usedBytes).toBe(0);
  });

  it('errors at the row that does not fit and gives everything back', () => {
    const memory = createTestMemory();
    const errors: unknown[] = [];
    of<{ n: unknown }[]>({ n: 1 }, { n: 'x' }, { n: 2 })
      .pipe(toBatches({ memory, name: 'mixed' }))
      .subscribe({ error: (error) => errors.push(error) });
    expect(errors).toEqual([
      expect.objectContaining({ code: 'VALUE_INVALID', context: expect.objectContaining({ row: 1 }) }),
    ]);
    expect(memory.budget.usedBytes).toBe(0);
  });

  it.each([
    ['a getter that throws', () => Object.defineProperty({}, 'n', { enumerable: true, get: throwing })],
    ['a proxy that throws', () => new Proxy({ n: 1 }, { get: throwing })],
    ['a revoked proxy', revoked],
    ['what only pretends to be a Date', () => ({ n: Object.create(Date.prototype) })],
  ])('names the row that is %s', (_, make) => {
    for (const schema of [undefined, defineSchema({ n: timestamp() })]) {
      const memory = createTestMemory();
      const errors: unknown[] = [];
      from<object[]>([{ n: new Date(0) }, make()])
        .pipe(toBatches<object>({ memory, name: 'odd', ...(schema === undefined ? {} : { schema }) }))
        .subscribe({ error: (error) => errors.push(error) });
      const context = expect.objectContaining({ stage: 'odd', row: 1 });
      expect(errors).toEqual([expect.objectContaining({ code: 'VALUE_INVALID', context })]);
      expect(memory.budget.usedBytes).toBe(0);
    }
  });

  it.each(['constructor', '__proto__'])(
    'takes %s from a prototype that holds it as data, declared or not',
    (name) => {
      const property = { value: 'x', enumerable: true };
      const row = Object.create(Object.defineProperty({}, name, property));
      for (const schema of [undefined, defineSchema(Object.fromEntries([[name, utf8()]]))]) {
        const seen: unknown[] = [];
        from<object[]>([row])
          .pipe(
            toBatches<object>({ memory: createTestMemory(), ...(schema === undefined ? {} : { schema }) }),
          )
          .subscribe((batch) => seen.push(...batch.toRows()));
        expect(seen.map((one) => Object.entries(one as object))).toEqual([[[name, 'x']]]);
      }
    },
  );

  it('refuses what is no schema before a row is taken', () => {
    const memory = createTestMemory();
    const errors: unknown[] = [];
    const twice = { name: 'n', type: { kind: 'int32' }, nullable: false } as const;
    of({ n: 1 })
      .pipe(toBatches({ memory, name: 'odd', schema: { fields: [twice, twice] } }))
      .subscribe({ error: (error) => errors.push(error) });
    expect(errors).toEqual([
      expect.objectContaining({ code: 'SCHEMA_INVALID', message: expect.stringContaining('"n"') }),
    ]);
  });

  it('gives everything back when its reader leaves in the middle of a batch', () => {
    const memory = createTestMemory();
    let batches = 0;
    let made = 0;
    range(0, 100)
      .pipe(
        tap(() => (made += 1)),
        map((n) => ({ n })),
        toBatches({ memory, batchRows: 8, sampleRows: 50 }),
        take(2),
      )
      .subscribe(() => {
        batches += 1;
      });
    expect([batches, made, memory.budget.usedBytes]).toEqual([2, 50, 0]);
  });

  it('keeps text as text when its type is inferred, so that batches of two such operators are alike', () => {
    const kinds: string[] = [];
    range(0, 5_000)
      .pipe(
        map((n) => ({ word: `word ${n % 3}` })),
        toBatches({ memory: createTestMemory() }),
      )
      .subscribe((batch) => kinds.push(...batch.schema.fields.map(({ type }) => type.kind)));
    expect(kinds).toEqual(['utf8']);
  });
});
