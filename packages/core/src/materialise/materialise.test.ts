import {
  EMPTY,
  firstValueFrom,
  lastValueFrom,
  Observable,
  of,
  range,
  Subject,
  throwError,
  toArray,
} from 'rxjs';
import { map } from 'rxjs/operators';
import { describe, expect, it } from 'vitest';
import type { Batch } from '../batch/batch.js';
import { defineSchema, int32, utf8 } from '../batch/schema.js';
import { type FlowContext, inFlowContext } from './flow-context.js';
import { materialise } from './materialise.js';
import type { Materialised } from './materialised.js';
import { buildBatches, createTestMemory, type TestMemory } from './test-rig.js';

interface Row {
  readonly n: number;
}
const rows = (count: number): Observable<Row> => range(0, count).pipe(map((n) => ({ n })));
const all = <R>(handle: Materialised<R>): Promise<R[]> => lastValueFrom(handle.rows().pipe(toArray()));

/** A source that knows how it is treated. */
function source(): { stream: Observable<Row>; out: Subject<Row>; subscriptions: number; live: number } {
  const state = { out: new Subject<Row>(), subscriptions: 0, live: 0, stream: new Observable<Row>() };
  state.stream = new Observable((subscriber) => {
    state.subscriptions += 1;
    state.live += 1;
    subscriber.add(() => {
      state.live -= 1;
    });
    subscriber.add(state.out.subscribe(subscriber));
  });
  return state;
}

function contextOf(memory: TestMemory): FlowContext {
  return {
    stage: 'in a run',
    memory,
    clock: {
      now: () => 0,
      wallTime: () => 0,
      setTimeout: () => 0,
      clearTimeout: () => undefined,
      yield: async () => undefined,
    },
    upstream: { block: () => () => undefined },
    downstream: { open: true, whenOpen: async () => undefined },
  };
}

describe('materialise', () => {
  it('subscribes to its source once, whoever reads and however often', async () => {
    const memory = createTestMemory();
    const from = source();
    const given = firstValueFrom(from.stream.pipe(materialise({ memory })));
    for (let n = 0; n < 5; n++) from.out.next({ n });
    from.out.complete();
    const handle = await given;
    expect([await all(handle), await all(handle)].map((read) => read.length)).toEqual([5, 5]);
    expect([from.subscriptions, from.live]).toEqual([1, 0]);
    handle.release();
    expect(memory.budget.usedBytes).toBe(0);
  });

  it('gives the handle when everything is held, and by default only then', async () => {
    const from = source();
    const given: Materialised<Row>[] = [];
    from.stream.pipe(materialise({ memory: createTestMemory() })).subscribe((handle) => given.push(handle));
    from.out.next({ n: 1 });
    expect(given).toEqual([]);
    from.out.complete();
    expect(given[0]?.rowCount).toBe(1);
    await given[0]?.completed;
  });

  it('goes on computing for whoever has the handle, after firstValueFrom has unsubscribed', async () => {
    const memory = createTestMemory();
    const from = source();
    const given = firstValueFrom(from.stream.pipe(materialise({ memory, until: 'first' })));
    from.out.next({ n: 0 });
    const handle = await given;
    expect(from.live).toBe(1);
    from.out.next({ n: 1 });
    from.out.complete();
    expect(await all(handle)).toEqual([{ n: 0 }, { n: 1 }]);
    expect(from.subscriptions).toBe(1);
  });

  it('cancels the source when the last holder of the handle releases it', async () => {
    const memory = createTestMemory();
    const from = source();
    const given = firstValueFrom(from.stream.pipe(materialise({ memory, until: 'first', sampleRows: 1 })));
    from.out.next({ n: 0 });
    const handle = await given;
    handle.release();
    from.out.next({ n: 1 });
    expect([from.live, memory.budget.usedBytes, memory.spillables.size]).toEqual([0, 0, 0]);
    await expect(handle.completed).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('cancels and frees when it is unsubscribed before the handle is given out', () => {
    const memory = createTestMemory();
    const from = source();
    const subscription = from.stream.pipe(materialise({ memory, sampleRows: 1, batchRows: 2 })).subscribe();
    for (let n = 0; n < 5; n++) from.out.next({ n });
    expect(memory.budget.usedBytes).toBeGreaterThan(0);
    subscription.unsubscribe();
    expect([from.live, memory.budget.usedBytes, memory.spillables.size]).toEqual([0, 0, 0]);
  });

  it('belongs to the run inside one: unsubscribing cancels though the handle was given out', async () => {
    const memory = createTestMemory();
    const from = source();
    let handle: Materialised<Row> | undefined;
    const subscription = inFlowContext(contextOf(memory), () =>
      from.stream.pipe(materialise({ until: 'first' })).subscribe((given) => {
        handle = given;
      }),
    );
    from.out.next({ n: 0 });
    subscription.unsubscribe();
    expect(from.live).toBe(0);
    await expect(handle?.completed).rejects.toMatchObject({
      code: 'CANCELLED',
      message: expect.stringContaining('in a run'),
    });
    handle?.release();
    expect(memory.budget.usedBytes).toBe(0);
  });

  it('passes the error of its source on, and frees what nobody was given', async () => {
    const memory = createTestMemory();
    const failing = throwError(() => new Error('source broke'));
    await expect(firstValueFrom(failing.pipe(materialise({ memory })))).rejects.toThrow('source broke');
    expect([memory.budget.usedBytes, memory.spillables.size]).toEqual([0, 0]);
  });

  it('fails the dataset as well when its handle is out', async () => {
    const memory = createTestMemory();
    const from = source();
    const errors: unknown[] = [];
    let handle: Materialised<Row> | undefined;
    from.stream.pipe(materialise({ memory, until: 'first' })).subscribe({
      next: (given) => {
        handle = given;
      },
      error: (error) => errors.push(error),
    });
    from.out.next({ n: 0 });
    from.out.error(new Error('source broke'));
    expect(errors).toEqual([expect.objectContaining({ message: 'source broke' })]);
    await expect(handle?.completed).rejects.toThrow('source broke');
  });

  it('errors at the first row that does not fit, and stops its source there', async () => {
    const memory = createTestMemory();
    const from = source();
    const given = firstValueFrom(
      from.stream.pipe(materialise({ memory, schema: defineSchema({ n: int32() }), name: 'ints' })),
    );
    from.out.next({ n: 1 });
    from.out.next({ n: 1.5 });
    await expect(given).rejects.toMatchObject({
      code: 'VALUE_INVALID',
      context: { stage: 'ints', row: 1, column: 'n' },
    });
    expect([from.live, memory.budget.usedBytes]).toEqual([0, 0]);
  });

  it('gives an empty dataset for an empty source, with the declared schema or without columns', async () => {
    const memory = createTestMemory();
    const none = await firstValueFrom(EMPTY.pipe(materialise<Row>({ memory })));
    const declared = await firstValueFrom(
      EMPTY.pipe(materialise<Row>({ memory, schema: defineSchema({ n: int32() }) })),
    );
    expect([none.schema?.fields.length, declared.schema?.fields.length]).toEqual([0, 1]);
    expect(await all(none)).toEqual([]);
  });

  it('takes batches as they are, and refuses one of other columns', async () => {
    const memory = createTestMemory();
    const batches = buildBatches([{ n: 1 }, { n: 2 }, { n: 3 }], { memory, batchRows: 2 });
    const handle: Materialised<Row> = await firstValueFrom(of(...batches).pipe(materialise({ memory })));
    expect(await all(handle)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    const others: Batch<object>[] = [
      ...batches,
      ...buildBatches([{ text: 'x' }], { schema: defineSchema({ text: utf8() }) }),
    ];
    await expect(firstValueFrom(of(...others).pipe(materialise({ memory })))).rejects.toMatchObject({
      code: 'SCHEMA_INVALID',
      message: expect.stringMatching(/text utf8 after n float64/),
    });
    handle.release();
    for (const batch of batches) batch.release();
    expect(memory.budget.usedBytes).toBe(0);
  });

  it('spills a flood within one synchronous call instead of growing beyond the budget', async () => {
    const memory = createTestMemory({ limitBytes: 2 ** 16 });
    const handle = await firstValueFrom(rows(20_000).pipe(materialise({ memory, batchRows: 256 })));
    expect(memory.scratch.usedBytes).toBeGreaterThan(20_000 * 8 - 2 ** 16);
    expect(memory.budget.usedBytes).toBeLessThanOrEqual(2 ** 16);
    expect(memory.budget.peakBytes).toBeLessThanOrEqual(2 ** 16 + 8_192);
    expect(await all(handle)).toEqual(await lastValueFrom(rows(20_000).pipe(toArray())));
    handle.release();
    expect(memory.scratch.usedBytes).toBe(0);
  });

  it('fails a flood, naming the stage, where it may not spill', async () => {
    const memory = createTestMemory({ limitBytes: 2 ** 16 });
    const flood = rows(20_000).pipe(materialise({ memory, batchRows: 256, overflow: 'fail', name: 'flood' }));
    await expect(firstValueFrom(flood)).rejects.toMatchObject({
      code: 'OVERFLOW',
      message: expect.stringContaining('"flood"'),
    });
    expect(memory.budget.usedBytes).toBe(0);
  });

  it('takes a single row larger than the budget, even where it may not spill', async () => {
    const memory = createTestMemory({ limitBytes: 2 ** 16 });
    const big = { text: 'x'.repeat(2 ** 17) };
    const handle = await firstValueFrom(of(big).pipe(materialise({ memory, overflow: 'fail' })));
    expect(await all(handle)).toEqual([big]);
  });
});
