// Where an error in a running graph goes: to the outputs below it, and nowhere else.
import { catchError, concat, ignoreElements, map, Observable, of, take, tap, toArray } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { defineSchema, int32 } from '../batch/schema.js';
import { CancelledError } from '../errors/named-errors.js';
import type { Flow } from './declare.js';
import { numbered, settle, testSink, testSource } from './runtime-fixtures.js';
import { leftovers, type N, rows, run, scene } from './runtime-scene.js';

afterEach(async () => {
  expect(await leftovers()).toEqual([]);
});

describe('errors', () => {
  it('fail only the outputs below, while siblings go on', async () => {
    const made = await run((flow) => {
      const raw = flow.source('raw', testSource(numbered(500)));
      const bad = flow.stage(
        'bad',
        raw,
        map((row: N) => {
          if (row.n === 250) throw new TypeError('no such airport');
          return row;
        }),
      );
      flow.write(
        'good',
        flow.stage(
          'good',
          raw,
          map((row) => row),
        ),
        testSink('good'),
      );
      flow.write('bad', bad, testSink('bad'));
      flow.write(
        'below',
        flow.stage(
          'below',
          bad,
          map((row) => row),
        ),
        testSink('below'),
      );
    });
    expect(made.feed('good').rows).toEqual(rows(500));
    expect(made.failures).toHaveLength(1);
    const [failure] = made.failures;
    expect(failure).toMatchObject({ stage: 'bad', outputs: ['bad', 'below'] });
    expect(failure?.error).toMatchObject({ code: 'STAGE_FAILED', context: { pipeline: 'p', stage: 'bad' } });
    expect(failure?.error.message).toBe("Stage 'bad' of pipeline 'p' failed: no such airport");
    expect(made.feed('bad').error).toBe(failure?.error);
    expect(made.feed('below').error).toBe(failure?.error);
    expect(['raw', 'good', 'bad', 'below'].map(made.state)).toEqual([
      'completed',
      'completed',
      'failed',
      'failed',
    ]);
  });

  it('of a source fail everything below it, and nothing else', async () => {
    const made = await run((flow) => {
      const raw = flow.source('raw', testSource(numbered(100), { failAfter: new Error('disk gone') }));
      flow.write('raw', raw, testSink('raw'));
      flow.write(
        'below',
        flow.stage(
          'below',
          raw,
          map((row) => row),
        ),
        testSink('below'),
      );
      flow.write('other', flow.source('other', testSource(numbered(5))), testSink('other'));
    });
    expect(made.failures).toMatchObject([
      { stage: 'raw', outputs: ['raw', 'below'], error: { code: 'SOURCE_FAILED' } },
    ]);
    expect(made.feed('below').state).toBe('failed');
    expect(made.feed('other').state).toBe('completed');
  });

  it('that a stage catches go no further', async () => {
    const made = await run((flow) => {
      const raw = flow.source('raw', testSource(numbered(100), { failAfter: new Error('disk gone') }));
      flow.write(
        'out',
        flow.stage(
          'rescued',
          raw,
          catchError(() => of({ n: -1 })),
        ),
        testSink('out'),
      );
    });
    expect(made.feed('out').rows).toEqual([...rows(100), { n: -1 }]);
    expect(made.feed('out').state).toBe('completed');
  });

  it('thrown by a hand-written operator fail its stage, not the process', async () => {
    const handWritten = (source: Observable<N>): Observable<N> =>
      new Observable((subscriber) =>
        source.subscribe({
          next(row) {
            if (row.n === 3) throw new Error('unsorted input');
            subscriber.next(row);
          },
          complete: () => subscriber.complete(),
        }),
      );
    const made = await run((flow) => {
      const raw = flow.source('raw', testSource(numbered(10)));
      flow.write('out', flow.stage('hand', raw, handWritten), testSink('out'));
    });
    expect(made.failures).toMatchObject([
      { stage: 'hand', error: { message: "Stage 'hand' of pipeline 'p' failed: unsorted input" } },
    ]);
  });

  it('reach the output also through a hand-written operator without an error handler', async () => {
    const deaf = (source: Observable<N>): Observable<N> =>
      new Observable((subscriber) => source.subscribe((row) => subscriber.next(row)));
    const made = await run((flow) => {
      const raw = flow.source('raw', testSource(numbered(10), { failAfter: new Error('disk gone') }));
      flow.write('out', flow.stage('deaf', raw, deaf), testSink('out'));
    });
    expect(made.feed('out').error?.message).toContain('disk gone');
  });

  it('of an operator applied at the start name the stage', async () => {
    let applied = 0;
    const made = await run((flow) => {
      const raw = flow.source('raw', testSource(numbered(10)));
      const fickle = flow.combine('fickle', [raw], (rowsOf) => {
        applied += 1;
        return applied > 0 ? (undefined as unknown as Observable<N>) : rowsOf;
      });
      flow.write('out', fickle, testSink('out'));
    });
    expect(made.feed('out').error?.message).toContain(
      "Stage 'fickle' of pipeline 'p' returned undefined, not an Observable",
    );
    expect(made.state('raw')).toBe('detached');
  });

  it('of making columns fail the outputs and the hold, while consumers of the rows go on', async () => {
    const made = await run((flow) => {
      const raw = flow.source('raw', testSource([[{ n: 1 }, { n: 1.5 }, { n: 2 }]]), {
        schema: defineSchema({ n: int32() }),
      });
      flow.write('raw', raw, testSink('raw'));
      flow.write(
        'held',
        flow.stage(
          'reader',
          flow.hold(raw),
          map((row) => row),
        ),
        testSink('held'),
      );
      const live = flow.stage(
        'live',
        raw,
        map(({ n }) => ({ half: n / 2 })),
      );
      flow.write('live', live, testSink('live'));
    });
    expect(made.feed('raw').error?.code).toBe('VALUE_INVALID');
    expect(made.feed('held').error?.code).toBe('VALUE_INVALID');
    expect(made.feed('live').rows).toEqual([{ half: 0.5 }, { half: 0.75 }, { half: 1 }]);
    expect(made.state('raw')).toBe('completed');
  });

  it('of a teardown after the end are told without failing an output', async () => {
    const made = await run((flow) => {
      const messy = (source: Observable<N>): Observable<N> =>
        new Observable((subscriber) => {
          source.subscribe(subscriber);
          return () => {
            throw new Error('cannot close');
          };
        });
      const raw = flow.source('raw', testSource(numbered(10)));
      flow.write('out', flow.stage('messy', raw, messy), testSink('out'));
    });
    expect(made.feed('out').state).toBe('completed');
    expect(made.failures).toMatchObject([{ stage: 'messy', outputs: [] }]);
    expect(made.failures[0]?.error.message).toContain('cannot close');
  });
});

describe('detaching', () => {
  it('stops a source, closing its iterator, when its last consumer has had enough', async () => {
    const source = testSource(numbered(10_000));
    const made = await run((flow) => {
      const raw = flow.source('raw', source);
      flow.write('out', flow.stage('few', raw, take(3)), testSink('out'));
    });
    expect(made.feed('out').rows).toEqual(rows(3));
    expect(source.returned).toBe(1);
    expect(source.asked).toBe(1);
    expect(made.state('raw')).toBe('detached');
  });

  it('goes on for the others when one output closes, and stops after the last', async () => {
    const source = testSource(numbered(10_000));
    const made = scene((flow) => {
      const raw = flow.source('raw', source);
      flow.write('a', raw, testSink('a'));
      const seen = flow.stage(
        'seen',
        raw,
        tap(({ n }: N) => {
          if (n === 100) made.feed('a').close();
          if (n === 500) made.feed('b').close();
        }),
      );
      flow.write('b', seen, testSink('b'));
    });
    made.runtime.start();
    await made.runtime.finished;
    expect(source.returned).toBe(1);
    expect(source.asked).toBeLessThan(10);
    expect(made.state('seen')).toBe('detached');
  });
});

describe('stages that wait for each other', () => {
  const deadlock = (flow: Flow): void => {
    const raw = flow.source('raw', testSource(numbered(10)));
    const total = flow.stage('total', raw, toArray());
    flow.write(
      'out',
      flow.combine('joined', [total, raw], (totals, items) => concat(totals.pipe(ignoreElements()), items)),
      testSink('out'),
    );
    flow.write('other', flow.source('elsewhere', testSource(numbered(10))), testSink('other'));
  };

  it('fail with STALLED after stallMs without a move, naming the stage, who is late, and flow.hold', async () => {
    const made = scene(deadlock, { stallMs: 1000 });
    made.runtime.start();
    await settle();
    expect(made.feed('other').state).toBe('completed');
    made.clock.advance(999);
    expect(made.feed('out').state).toBe('open');
    made.clock.advance(1001);
    await made.runtime.finished;
    expect(made.feed('out').error).toMatchObject({ code: 'STALLED', context: { stage: 'raw' } });
    expect(made.feed('out').error?.message).toContain("'total' is ready, 'joined' has not subscribed");
    expect(made.feed('out').error?.message).toContain('flow.hold(raw)');
  });

  it('work with the hold that the error asks for', async () => {
    const made = await run((flow) => {
      const raw = flow.source('raw', testSource(numbered(10)));
      const total = flow.stage('total', raw, toArray());
      const held = flow.hold(raw);
      flow.write(
        'out',
        flow.combine('joined', [total, held], (totals, items) =>
          concat(totals.pipe(ignoreElements()), items),
        ),
        testSink('out'),
      );
    });
    expect(made.feed('out').rows).toEqual(rows(10));
  });

  it('are not suspected while a source may still bring something', async () => {
    let feedIt: ((result: IteratorResult<N[]>) => void) | undefined;
    const slow = {
      open: () => ({
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise<IteratorResult<N[]>>((resolve) => (feedIt = resolve)),
        }),
      }),
    };
    const made = scene(
      (flow) => {
        const first = flow.source('slow', slow);
        const raw = flow.source('raw', testSource(numbered(10)));
        const now = flow.stage(
          'now',
          raw,
          map((row) => row),
        );
        flow.write('now', now, testSink('now'));
        flow.write(
          'out',
          flow.combine('joined', [first, raw], (a, b) => concat(a, b)),
          testSink('out'),
        );
      },
      { stallMs: 1000 },
    );
    made.runtime.start();
    await settle();
    made.clock.advance(10_000);
    expect(made.feed('now').state).toBe('open');
    feedIt?.({ done: true, value: undefined });
    await made.runtime.finished;
    expect(made.feed('out').rows).toEqual(rows(10));
    expect(made.feed('now').rows).toEqual(rows(10));
  });
});

describe('cancel', () => {
  it('stops sources, unsubscribes every stage once, fails open outputs and gives all bytes back', async () => {
    let unsubscribed = 0;
    const source = testSource(numbered(1_000_000, 1000));
    const made = scene(
      (flow) => {
        const raw = flow.source('raw', source, { batchRows: 700 });
        const stage = flow.stage(
          'stage',
          raw,
          (input) =>
            new Observable<N>((subscriber) => {
              const inner = input.subscribe(subscriber);
              return () => {
                unsubscribed += 1;
                inner.unsubscribe();
              };
            }),
        );
        flow.write('out', stage, testSink('out'));
        const total = flow.stage('total', raw, toArray());
        flow.write(
          'held',
          flow.combine('held', [total, flow.hold(raw)], (a, b) => concat(a.pipe(ignoreElements()), b)),
          testSink('held'),
        );
      },
      { limitBytes: 2 ** 20 },
    );
    made.runtime.start();
    await settle();
    expect(made.memory.budget.usedBytes).toBeGreaterThan(0);
    made.runtime.cancel(new Error('the user pressed a key'));
    made.runtime.cancel('again');
    await made.runtime.finished;
    expect([unsubscribed, source.returned]).toEqual([1, 1]);
    expect(made.feed('out').error).toBeInstanceOf(CancelledError);
    expect(made.feed('out').error?.cause).toMatchObject({ message: 'the user pressed a key' });
    expect(made.runtime.stats().map(({ state }) => state)).toEqual(
      Array.from({ length: 5 }, () => 'cancelled'),
    );
    expect(made.failures).toEqual([]);
  });

  it('follows the signal, also one that was aborted before the start', async () => {
    const declare = (flow: Flow) =>
      flow.write('out', flow.source('raw', testSource(numbered(10_000))), testSink('out'));
    const early = scene(declare);
    early.controller.abort(new CancelledError('no', { operation: 'test' }));
    early.runtime.start();
    await early.runtime.finished;
    const late = scene(declare);
    late.runtime.start();
    late.controller.abort(new CancelledError('stop', { operation: 'test' }));
    await late.runtime.finished;
    expect([early.feed('out').error?.message, late.feed('out').error?.message]).toEqual(['no', 'stop']);
  });

  it('before the start finishes the run', async () => {
    const made = scene((flow) =>
      flow.write('out', flow.source('raw', testSource(numbered(10))), testSink('out')),
    );
    made.runtime.cancel('never mind');
    made.runtime.start();
    await made.runtime.finished;
    expect(made.state('raw')).toBe('cancelled');
  });
});
