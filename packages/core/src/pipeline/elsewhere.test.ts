// What becomes of items that only name rows which are elsewhere.
import { concat, firstValueFrom, ignoreElements, map, Observable, of, Subject } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { type RowsElsewhere, rowsElsewhere, type Taker, takenBy } from '../batch/rows-elsewhere.js';
import { whenStageOver } from '../materialise/flow-context.js';
import { materialise } from '../materialise/materialise.js';
import { createTestMemory } from '../materialise/test-rig.js';
import { toBatches } from '../materialise/to-batches.js';
import type { Sink } from '../sink/sink.js';
import { fromIterable } from '../source/from-iterable.js';
import type { Flow } from './declare.js';
import type { Stage } from './handle.js';
import { settle, testSink } from './runtime-fixtures.js';
import { leftovers, run, scene } from './runtime-scene.js';

afterEach(async () => {
  expect(await leftovers()).toEqual([]);
});

class Named implements RowsElsewhere<'Spark'> {
  readonly plan = 'p';
  readonly #taken: Taker[];
  constructor(taken: Taker[] = []) {
    this.#taken = taken;
  }
  get [rowsElsewhere](): 'Spark' {
    return 'Spark';
  }
  [takenBy](output: Taker): void {
    this.#taken.push(output);
  }
}
const taking = (path: string) => ({ ...testSink<Named>(path), takesFrom: 'Spark' as const });
/** As JavaScript may give it: no compiler refuses what it does. */
const unchecked = (flow: Flow) => ({
  write: flow.write as unknown as (name: string, from: Stage<unknown>, sink: Sink<never>) => void,
  hold: flow.hold as (from: Stage<unknown>) => Stage<unknown>,
});

describe('items whose rows are elsewhere', () => {
  it('are given to sinks that take them, and refused by sinks of rows before these are given anything', async () => {
    const taken: Taker[] = [];
    const { feed, failures } = await run((flow) => {
      const named = flow.source('named', fromIterable([new Named(taken)]));
      flow.write('spark', named, taking('a'));
      unchecked(flow).write('rows', named, testSink('b'));
      unchecked(flow).write('other', named, { ...testSink('c'), takesFrom: 'Flink' });
    });
    expect([feed('spark').state, feed('spark').rows]).toEqual(['completed', [{ plan: 'p' }]]);
    expect(taken).toEqual([{ runId: 'run-1', output: 'spark' }]);
    for (const name of ['rows', 'other']) {
      expect([feed(name).state, feed(name).schemas, feed(name).rows]).toEqual(['failed', [], []]);
      expect(feed(name).error).toMatchObject({
        code: 'PLAN_INVALID',
        context: { pipeline: 'p', stage: 'named', output: name },
        message: expect.stringMatching(
          /'(rows|other)' .* only name rows that Spark has.*Use a sink that has Spark write them/,
        ),
      });
    }
    expect(failures).toEqual([]);
  });

  it('are told of each output that takes them, every one of them', async () => {
    const [first, second]: [Taker[], Taker[]] = [[], []];
    await run((flow) => {
      const named = flow.source('named', fromIterable([new Named(first), new Named(second)]));
      flow.write('one', named, taking('a'));
      flow.write('other', named, taking('b'));
    });
    const both = ['one', 'other'].map((output) => ({ runId: 'run-1', output }));
    expect([first, second]).toEqual([both, both]);
  });

  it('end a stage of which nobody can take them', async () => {
    const { feed, state } = await run((flow) => {
      const named = flow.source('named', fromIterable([new Named(), new Named()]));
      unchecked(flow).write('rows', named, testSink('b'));
    });
    expect([feed('rows').state, state('named')]).toEqual(['failed', 'detached']);
  });

  it('are not held: who reads the hold fails, and an output that takes them goes on', async () => {
    const { feed } = await run((flow) => {
      const named = flow.source('named', fromIterable([new Named()]));
      flow.write('spark', named, taking('a'));
      const plans = flow.stage(
        'plans',
        unchecked(flow).hold(named),
        map((item) => ({ item: String(item) })),
      );
      flow.write('plans', plans, testSink('b'));
    });
    expect(feed('spark').state).toBe('completed');
    expect(feed('plans').error?.message).toContain("The hold of stage 'named'");
    expect(feed('plans').rows).toEqual([]);
  });

  it('are taken as they are by operators', async () => {
    const { feed } = await run((flow) => {
      const named = flow.source('named', fromIterable([new Named()]));
      flow.write(
        'plans',
        flow.stage(
          'plans',
          named,
          map(({ plan }) => ({ plan })),
        ),
        testSink('a'),
      );
    });
    expect(feed('plans').rows).toEqual([{ plan: 'p' }]);
  });

  it('are made neither batches nor datasets of', async () => {
    const memory = createTestMemory();
    for (const operator of [toBatches<Named>({ memory }), materialise<Named>({ memory })]) {
      const made = firstValueFrom(of(new Named()).pipe<unknown>(operator));
      await expect(made).rejects.toMatchObject({
        code: 'PLAN_INVALID',
        message: expect.stringContaining('only name rows that Spark has'),
      });
    }
    expect(memory.budget.usedBytes).toBe(0);
  });
});

describe('whoever asks when the stage of an operator is over', () => {
  it('is told once, when it and all behind it have ended', async () => {
    let times = 0;
    const ends = new Subject<void>();
    const made = scene((flow) => {
      const rows = flow.source('rows', fromIterable([{ n: 1 }]));
      const watched = flow.stage('watched', rows, (source) => {
        // When it is subscribed, not when it is declared.
        return new Observable((subscriber) => {
          expect(
            whenStageOver(() => {
              times += 1;
            }),
          ).toBe(true);
          return source.subscribe(subscriber);
        });
      });
      const late = flow.stage('late', watched, (source) => concat(source, ends.pipe(ignoreElements())));
      flow.write('now', watched, testSink('a'));
      flow.write('later', late, testSink('b'));
    });
    made.runtime.start();
    await settle();
    expect([made.feed('now').state, made.state('watched'), times]).toEqual(['completed', 'completed', 0]);
    ends.complete();
    await made.runtime.finished;
    expect(times).toBe(1);
  });

  it('is told also when the run is cancelled', async () => {
    let times = 0;
    const made = scene((flow) => {
      const rows = flow.source('rows', fromIterable([{ n: 1 }]));
      const watched = flow.stage(
        'watched',
        rows,
        (source) =>
          new Observable((subscriber) => {
            whenStageOver(() => {
              times += 1;
            });
            return concat(source, new Subject<{ n: number }>()).subscribe(subscriber);
          }),
      );
      flow.write('out', watched, testSink('a'));
    });
    made.runtime.start();
    await settle();
    expect(times).toBe(0);
    made.controller.abort();
    await made.runtime.finished;
    expect(times).toBe(1);
  });

  it('is told to others, and the run ends, when one listener throws', async () => {
    let times = 0;
    const { failures, feed } = await run((flow) => {
      const rows = flow.source('rows', fromIterable([{ n: 1 }]));
      const watched = flow.stage(
        'watched',
        rows,
        (source) =>
          new Observable((subscriber) => {
            whenStageOver(() => {
              throw new Error('The server is gone.');
            });
            whenStageOver(() => {
              times += 1;
            });
            return source.subscribe(subscriber);
          }),
      );
      flow.write('out', watched, testSink('a'));
    });
    expect([feed('out').state, times]).toEqual(['completed', 1]);
    expect(failures).toMatchObject([
      { stage: 'watched', error: { message: expect.stringContaining('The server is gone.') } },
    ]);
  });

  it('is told at once that nobody knows outside a run', () => {
    expect(whenStageOver(() => expect.fail('It was told.'))).toBe(false);
  });
});
