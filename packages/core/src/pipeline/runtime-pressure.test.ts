// What a running graph does when memory is short: it asks sources for nothing more, spills a flood, or fails its stage.
import { concatMap, from, map, merge, type Observable, of, pipe, switchMap, tap } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { toBatches } from '../materialise/to-batches.js';
import { mapAsync } from '../source/map-async.js';
import { pulled } from '../source/pulled.js';
import type { Flow } from './declare.js';
import { numbered, settle, testClock, testSink, testSource } from './runtime-fixtures.js';
import { leftovers, type N, rows, run, scene } from './runtime-scene.js';

afterEach(async () => {
  expect(await leftovers()).toEqual([]);
});

describe('backpressure', () => {
  it('paces a shared source at its slowest branch', async () => {
    const source = testSource(numbered(1000, 10));
    const release: (() => void)[] = [];
    const made = scene((flow) => {
      const raw = flow.source('raw', source);
      const slow = flow.stage(
        'slow',
        raw,
        pipe(
          map((row: N) => row),
          mapAsync((row: N) => new Promise<N>((resolve) => release.push(() => resolve(row))), {
            concurrency: 2,
          }),
        ),
      );
      const fast = flow.stage(
        'fast',
        raw,
        map((row) => row),
      );
      flow.write('slow', slow, testSink('slow'));
      flow.write(
        'joined',
        flow.combine('joined', [fast], (a) => a),
        testSink('joined'),
      );
    });
    made.runtime.start();
    await settle();
    expect(source.asked).toBeLessThanOrEqual(2);
    expect(made.runtime.stats().find(({ name }) => name === 'fast')?.itemsIn).toBeLessThanOrEqual(10);
    for (let done = 0; done < 100; done += 1) {
      release.shift()?.();
      await settle();
    }
    expect(source.asked).toBeGreaterThan(8);
    expect(source.asked).toBeLessThan(14);
    made.runtime.cancel('enough');
    await made.runtime.finished;
  });

  it('stops asking while the budget is saturated, and goes on when it is free again', async () => {
    const source = testSource(numbered(1_000_000, 1000));
    const made = scene(
      (flow) => flow.write('out', flow.source('raw', source, { batchRows: 1000 }), testSink('out')),
      { limitBytes: 2 ** 20, keep: ['out'] },
    );
    made.runtime.start();
    await settle();
    const asked = source.asked;
    expect(made.memory.budget.saturated).toBe(true);
    expect(made.memory.budget.usedBytes).toBeLessThanOrEqual(2 ** 20);
    await settle();
    expect(source.asked).toBe(asked);
    made.feed('out').releaseAll();
    await settle();
    expect(source.asked).toBeGreaterThan(asked);
    made.runtime.cancel('enough');
    made.feed('out').releaseAll();
    await made.runtime.finished;
  });

  it('reaches gated operators that a stage subscribes only later, inside switchMap', async () => {
    const source = testSource(numbered(1000, 10));
    const made = scene((flow) => {
      const raw = flow.source('raw', source);
      const start = flow.source('start', testSource([[1]]));
      const joined = flow.combine('joined', [start, raw], (starts, items) =>
        starts.pipe(
          switchMap(() => items.pipe(mapAsync(() => new Promise<N>(() => undefined), { concurrency: 1 }))),
        ),
      );
      flow.write('out', joined, testSink('out'));
    });
    made.runtime.start();
    await settle();
    expect(source.asked).toBe(1);
    made.runtime.cancel('enough');
    await made.runtime.finished;
  });

  it('lets pulled expand without ever spilling', async () => {
    const made = await run(
      (flow) => {
        const raw = flow.source('raw', testSource(numbered(20, 5)));
        const many = flow.stage(
          'many',
          raw,
          pulled(({ n }: N) => Array.from({ length: 1000 }, (_, i) => ({ n: n * 1000 + i }))),
          { batchRows: 500 },
        );
        flow.write('out', many, testSink('out'));
      },
      { limitBytes: 2 ** 19 },
    );
    expect(made.memory.spills).toBe(0);
    expect(made.feed('out').rows).toHaveLength(20_000);
  });
});

describe('a flood within one synchronous call', () => {
  const flood = (overflow: 'spill' | 'fail') => (flow: Flow) => {
    const raw = flow.source('raw', testSource([[{ n: 0 }]]));
    const flooding = flow.stage(
      'flooding',
      raw,
      concatMap(() => from(rows(200_000))),
      { overflow, batchRows: 5000 },
    );
    flow.write('a', flooding, testSink('a'));
    flow.write('b', flooding, testSink('b'));
  };

  it('goes to scratch storage, whose files are removed after their last consumer', async () => {
    const made = scene(flood('spill'), { limitBytes: 2 ** 20, keep: ['a'] });
    made.runtime.start();
    await settle();
    expect(made.memory.spills).toBeGreaterThan(3);
    expect(made.memory.spilled.size).toBe(made.memory.spills);
    expect(made.memory.budget.peakBytes).toBeLessThan(1.2 * 2 ** 20);
    expect(made.feed('a').rows).toEqual(rows(200_000));
    expect(made.feed('b').rows).toHaveLength(200_000);
    made.feed('a').releaseAll();
    await made.runtime.finished;
    expect(made.memory.spilled.size).toBe(0);
  });

  it('fails the stage with an OverflowError naming it, when it may not spill', async () => {
    const made = await run(flood('fail'), { limitBytes: 2 ** 20, keep: ['a'] });
    expect(made.failures).toMatchObject([
      { stage: 'flooding', outputs: ['a', 'b'], error: { code: 'OVERFLOW', name: 'OverflowError' } },
    ]);
    expect(made.feed('a').error?.context).toMatchObject({ stage: 'flooding' });
    expect(made.memory.spills).toBe(0);
    made.feed('a').releaseAll();
  });
});

describe('batches', () => {
  it('refuses rows and batches mixed in what is written', async () => {
    const made = await run((flow) => {
      const raw = flow.source('raw', testSource(numbered(10)));
      const mixed = flow.combine(
        'mixed',
        [raw],
        (items) => merge(of({ n: 5 }), items.pipe(toBatches())) as Observable<N>,
      );
      flow.write('out', mixed, testSink('out'));
    });
    expect(made.feed('out').error?.code).toBe('SCHEMA_INVALID');
    expect(made.feed('out').error?.message).toContain('emits rows as well as batches');
  });

  it('go to outputs and holds as they are, and are read back from a hold as batches', async () => {
    const made = await run((flow) => {
      const raw = flow.source('raw', testSource(numbered(1000)));
      const batches = flow.stage('batches', raw, toBatches<N>({ batchRows: 100 }));
      flow.write('direct', batches, testSink('direct'));
      const sizes = flow.stage(
        'sizes',
        flow.hold(batches),
        map((batch) => ({ rows: batch.rows })),
      );
      flow.write('sizes', sizes, testSink('sizes'));
    });
    expect(made.feed('direct').rows).toEqual(rows(1000));
    expect(made.feed('sizes').rows).toEqual(Array.from({ length: 10 }, () => ({ rows: 100 })));
    expect(made.runtime.stats()[1]).toMatchObject({ itemsOut: 10, rows: 1000 });
  });
});

describe('stats', () => {
  it('attribute time to the stage that spends it', async () => {
    const clock = testClock();
    const spend = (ms: number) => tap<N>(() => clock.advance(ms));
    const made = await run(
      (flow) => {
        const raw = flow.source('raw', testSource(numbered(610)));
        const slow = flow.stage('slow', raw, spend(3));
        flow.write('out', flow.stage('slower', slow, spend(5)), testSink('out'));
      },
      { clock },
    );
    const [raw, slow, slower] = made.runtime.stats();
    expect(raw?.busyMs).toBe(610 * 8);
    expect([slow?.computeMs, slower?.computeMs]).toEqual([610 * 3, 610 * 5]);
  });
});
