import {
  catchError,
  concat,
  concatMap,
  filter,
  map,
  merge,
  Observable,
  of,
  pipe,
  reduce,
  repeat,
  switchMap,
  take,
  tap,
  toArray,
  zip,
} from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { defineSchema, float64 } from '../batch/schema.js';
import { mapAsync } from '../source/map-async.js';
import type { Flow } from './declare.js';
import { numbered, settle, testSink, testSource } from './runtime-fixtures.js';
import { leftovers, type N, rows, run, scene } from './runtime-scene.js';

afterEach(async () => {
  expect(await leftovers()).toEqual([]);
});

describe('a running graph', () => {
  it('writes the rows of a stage, in order, and completes its output', async () => {
    const { feed, runtime } = await run((flow) => {
      const raw = flow.source('raw', testSource(numbered(1000)));
      flow.write(
        'out',
        flow.stage(
          'even',
          raw,
          filter(({ n }: N) => n % 2 === 0),
        ),
        testSink('out'),
      );
    });
    expect(feed('out').rows).toEqual(rows(1000).filter(({ n }) => n % 2 === 0));
    expect(feed('out').state).toBe('completed');
    expect(feed('out').schemas).toHaveLength(1);
    expect(runtime.stats()).toMatchObject([
      { name: 'raw', kind: 'source', state: 'completed', itemsIn: 0, itemsOut: 1000, rows: 1000 },
      { name: 'even', kind: 'stage', state: 'completed', itemsIn: 1000, itemsOut: 500, rows: 500 },
    ]);
  });

  it('computes a stage once, whoever consumes it: outputs, stages, a hold and both arms of a diamond', async () => {
    let computed = 0;
    let subscribed = 0;
    const source = testSource(numbered(300));
    const { feed } = await run((flow) => {
      const raw = flow.source('raw', source);
      const shared = flow.stage('shared', raw, (input) => {
        const counted = input.pipe(
          tap(() => {
            computed += 1;
          }),
        );
        return new Observable<N>((subscriber) => {
          subscribed += 1;
          return counted.subscribe(subscriber);
        });
      });
      const left = flow.stage(
        'left',
        shared,
        map(({ n }) => ({ n: n * 2 })),
      );
      const right = flow.stage(
        'right',
        shared,
        map(({ n }) => ({ n: n * 3 })),
      );
      const diamond = flow.combine('diamond', [left, right], (a, b) =>
        zip(a, b).pipe(map(([x, y]) => ({ n: x.n + y.n }))),
      );
      flow.write('shared', shared, testSink('shared'));
      flow.write('again', shared, testSink('again'));
      flow.write('diamond', diamond, testSink('diamond'));
      flow.write(
        'held',
        flow.stage(
          'reread',
          flow.hold(shared),
          map((row) => row),
        ),
        testSink('held'),
      );
    });
    expect([computed, subscribed, source.opened]).toEqual([300, 1, 1]);
    expect(feed('shared').rows).toEqual(rows(300));
    expect(feed('again').rows).toEqual(rows(300));
    expect(feed('diamond').rows).toEqual(rows(300).map(({ n }) => ({ n: n * 5 })));
    expect(feed('held').rows).toEqual(rows(300));
  });

  it('writes a row before consumers see it, so that a consumer that changes it cannot change the output', async () => {
    const { feed } = await run(
      (flow) => {
        const raw = flow.source('raw', testSource(numbered(10)), { schema: defineSchema({ n: float64() }) });
        flow.write('raw', raw, testSink('raw'));
        const changed = flow.stage(
          'changed',
          raw,
          tap((row) => (row.n = -1)),
        );
        flow.write('changed', changed, testSink('changed'));
      },
      { freeze: false },
    );
    expect(feed('raw').rows).toEqual(rows(10));
    expect(feed('changed').rows).toEqual(rows(10).map(() => ({ n: -1 })));
  });

  it('freezes what several consumers see, so that the one that changes it fails', async () => {
    const declare = (flow: Flow): void => {
      const raw = flow.source('raw', testSource(numbered(10)));
      flow.write(
        'good',
        flow.stage(
          'good',
          raw,
          map((row) => row),
        ),
        testSink('good'),
      );
      flow.write(
        'bad',
        flow.stage(
          'bad',
          raw,
          tap((row: N) => (row.n = -1)),
        ),
        testSink('bad'),
      );
    };
    const { feed, failures } = await run(declare, { freeze: true });
    expect(feed('good').rows).toEqual(rows(10));
    expect(feed('bad').error?.message).toMatch(/^Stage 'bad' of pipeline 'p' failed: .*read only/);
    expect(failures.map(({ stage }) => stage)).toEqual(['bad']);
  });

  it('does not freeze what a single consumer gets', async () => {
    const declare = (flow: Flow): void => {
      const raw = flow.source('raw', testSource(numbered(10)));
      flow.write(
        'out',
        flow.stage(
          'changed',
          raw,
          tap((row: N) => (row.n += 1)),
        ),
        testSink('out'),
      );
    };
    const { feed } = await run(declare, { freeze: true });
    expect(feed('out').rows).toEqual(rows(10).map(({ n }) => ({ n: n + 1 })));
  });

  it('does not compute what no open output needs', async () => {
    const source = testSource(numbered(10));
    let computed = 0;
    const { runtime } = await run((flow) => {
      const raw = flow.source('raw', source);
      flow.stage(
        'idle',
        flow.source('other', source),
        tap(() => (computed += 1)),
      );
      flow.write('out', raw, testSink('out'));
    });
    expect([source.opened, computed]).toEqual([1, 0]);
    expect(runtime.stats().map(({ name }) => name)).toEqual(['raw']);
  });

  it('finishes at once when every output is closed already', async () => {
    const source = testSource(numbered(10));
    const made = scene((flow) => flow.write('out', flow.source('raw', source), testSink('out')));
    made.feed('out').close();
    made.runtime.start();
    await made.runtime.finished;
    expect(made.state('raw')).toBe('detached');
    expect(source.opened).toBe(0);
  });

  it('tells a declared schema before anything is computed, and completes an empty output', async () => {
    const schema = defineSchema({ n: float64() });
    const made = scene((flow) =>
      flow.write('out', flow.source('raw', testSource<N>([]), { schema }), testSink('out')),
    );
    made.runtime.start();
    expect(made.feed('out').schemas).toEqual([schema]);
    await made.runtime.finished;
    expect(made.feed('out').schemas).toEqual([schema]);
    expect(made.feed('out').state).toBe('completed');
  });
});

describe('combine', () => {
  it('gives the join its streams in order', async () => {
    const { feed } = await run((flow) => {
      const a = flow.source('a', testSource([[{ v: 'a' }]]));
      const b = flow.source('b', testSource([[{ v: 'b' }]]));
      flow.write(
        'out',
        flow.combine('c', [b, a], (first, second) => concat(second, first)),
        testSink('out'),
      );
    });
    expect(feed('out').rows).toEqual([{ v: 'a' }, { v: 'b' }]);
  });

  it('starts a late input only when the join subscribes to it', async () => {
    const late = testSource(numbered(200), { name: 'late' });
    let openedDuringFirst = -1;
    const { feed } = await run((flow) => {
      const first = flow.source('first', testSource(numbered(100)));
      const total = flow.stage(
        'total',
        first,
        reduce((sum: number, { n }: N) => sum + n, 0),
      );
      const watched = flow.stage(
        'watched',
        total,
        tap(() => (openedDuringFirst = late.opened)),
      );
      const second = flow.source('late', late);
      const joined = flow.combine('joined', [watched, second], (sums, items) =>
        sums.pipe(switchMap((sum) => items.pipe(map(({ n }) => ({ n: n + sum }))))),
      );
      flow.write('out', joined, testSink('out'));
    });
    expect([openedDuringFirst, late.opened]).toEqual([0, 1]);
    expect(feed('out').rows).toEqual(rows(200).map(({ n }) => ({ n: n + 4950 })));
  });

  it('refuses a second subscription to the same input, naming flow.hold', async () => {
    const { feed, failures } = await run((flow) => {
      const a = flow.source('a', testSource(numbered(10)));
      flow.write('out', flow.stage('twice', a, repeat(2)), testSink('out'));
    });
    expect(feed('out').error?.code).toBe('PLAN_INVALID');
    expect(feed('out').error?.message).toContain('flow.hold(a)');
    expect(failures).toMatchObject([{ stage: 'twice', outputs: ['out'] }]);
  });

  it('never starts an input that the join leaves aside', async () => {
    const unused = testSource(numbered(10));
    const made = await run((flow) => {
      const a = flow.source('a', testSource(numbered(10)));
      const b = flow.source('b', unused);
      flow.write(
        'out',
        flow.combine('c', [a, b], (first) => first),
        testSink('out'),
      );
    });
    expect(unused.opened).toBe(0);
    expect(made.state('b')).toBe('detached');
    expect(made.feed('out').rows).toHaveLength(10);
  });
});

describe('hold', () => {
  it('gives every reader everything, also late and more than one of them', async () => {
    const source = testSource(numbered(500));
    const { feed, runtime } = await run((flow) => {
      const held = flow.hold(flow.source('raw', source, { batchRows: 64 }));
      const total = flow.stage(
        'total',
        held,
        reduce((sum: number, { n }: N) => sum + n, 0),
      );
      const shares = flow.combine('shares', [total, held], (sums, items) =>
        sums.pipe(concatMap((sum) => items.pipe(map(({ n }) => ({ share: n / sum }))))),
      );
      flow.write('shares', shares, testSink('shares'));
      flow.write('kept', held, testSink('kept'));
    });
    expect(source.opened).toBe(1);
    expect(feed('shares').rows).toEqual(rows(500).map(({ n }) => ({ share: n / 124_750 })));
    expect(feed('kept').rows).toEqual(rows(500));
    expect(runtime.stats()[1]).toMatchObject({ kind: 'hold', state: 'completed', itemsIn: 500, rows: 1000 });
  });

  it('reads at the pace of its own reader, without slowing what fills it or its other readers', async () => {
    const release: (() => void)[] = [];
    const made = scene((flow) => {
      const held = flow.hold(flow.source('raw', testSource(numbered(2000)), { batchRows: 100 }));
      const slow = flow.stage(
        'slow',
        held,
        mapAsync((row: N) => new Promise<N>((resolve) => release.push(() => resolve(row))), {
          concurrency: 1,
        }),
      );
      flow.write('slow', flow.stage('first', slow, take(3)), testSink('slow'));
      flow.write(
        'fast',
        flow.stage(
          'fast',
          held,
          map((row) => row),
        ),
        testSink('fast'),
      );
    });
    made.runtime.start();
    await settle();
    expect(made.feed('fast').rows).toHaveLength(2000);
    expect(made.state('raw')).toBe('completed');
    expect(made.feed('slow').rows).toHaveLength(0);
    while (made.feed('slow').state === 'open') {
      release.shift()?.();
      await settle();
    }
    await made.runtime.finished;
    expect(made.feed('slow').rows).toEqual(rows(3));
  });

  it('is released after its last reader, and stops its stage when nobody else wants that', async () => {
    const source = testSource(numbered(100_000, 1000));
    const made = await run((flow) => {
      const held = flow.hold(flow.source('raw', source, { batchRows: 500 }));
      flow.write('out', flow.stage('few', held, take(7)), testSink('out'));
    });
    expect(made.feed('out').rows).toEqual(rows(7));
    expect(made.state('raw')).toBe('detached');
    expect(made.state('raw (held)')).toBe('detached');
    expect(source.asked).toBeLessThan(100);
  });

  it('passes the error of its stage to its readers after what there is', async () => {
    const made = await run((flow) => {
      const held = flow.hold(
        flow.source('raw', testSource(numbered(100), { failAfter: new Error('disk gone') }), {
          batchRows: 50,
        }),
      );
      const survived = flow.stage(
        'survived',
        held,
        pipe(
          toArray(),
          catchError(() => of([] as N[])),
        ),
      );
      flow.write(
        'out',
        flow.stage(
          'reader',
          held,
          map((row) => row),
        ),
        testSink('out'),
      );
      flow.write(
        'rescued',
        flow.stage(
          'rescued',
          survived,
          map((items) => ({ n: items.length })),
        ),
        testSink('rescued'),
      );
    });
    expect(made.feed('out').error?.message).toContain('disk gone');
    expect(made.feed('rescued').rows).toEqual([{ n: 0 }]);
    expect(made.failures.map(({ stage }) => stage)).toEqual(['raw']);
  });
});

it('sorts nothing away: merged branches together hold every row', async () => {
  const made = await run((flow) => {
    const raw = flow.source('raw', testSource(numbered(1000)));
    const even = flow.stage(
      'even',
      raw,
      filter(({ n }: N) => n % 2 === 0),
    );
    const odd = flow.stage(
      'odd',
      raw,
      filter(({ n }: N) => n % 2 === 1),
    );
    flow.write(
      'out',
      flow.combine('all', [odd, even], (a, b) => merge(a, b)),
      testSink('out'),
    );
  });
  // Rows that a feed gets are plain objects with the column n.
  expect((made.feed('out').rows as N[]).toSorted((a, b) => a.n - b.n)).toEqual(rows(1000));
});
