import fc from 'fast-check';
import {
  concatMap,
  from,
  lastValueFrom,
  type Observable,
  of,
  range,
  Subject,
  take,
  tap,
  toArray,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { inFlowContext } from '../materialise/flow-context.js';
import { fromChunks } from './from-iterable.js';
import { mapAsync } from './map-async.js';
import { pulled } from './pulled.js';
import { pump } from './pump.js';
import { type HandContext, handContext, handCredit, settled } from './test-rig.js';

const times = (count: number): ((item: number) => Iterable<number>) =>
  function* (item) {
    for (let copy = 0; copy < count; copy += 1) yield item * 1_000 + copy;
  };

interface Watched<T> {
  readonly items: T[];
  state: 'running' | 'complete' | 'failed';
  error: unknown;
  unsubscribe(): void;
}

/** Subscribes as a stage of a run would. */
function watch<T>(
  stage: HandContext,
  output: Observable<T>,
  onItem: (item: T) => void = () => {},
): Watched<T> {
  const watched: Watched<T> = { items: [], state: 'running', error: undefined, unsubscribe: () => {} };
  const subscription = inFlowContext(stage.context, () =>
    output.subscribe({
      next(item) {
        watched.items.push(item);
        onItem(item);
      },
      error(error: unknown) {
        watched.state = 'failed';
        watched.error = error;
      },
      complete() {
        watched.state = 'complete';
      },
    }),
  );
  watched.unsubscribe = () => subscription.unsubscribe();
  return watched;
}

describe('pulled', () => {
  it('equals concatMap outside a run, for sync and async iterables', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.integer(), { maxLength: 5 }), { maxLength: 20 }),
        async (lists) => {
          const expected = lists.flat();
          const sync = lastValueFrom(
            from(lists).pipe(
              pulled((list) => list),
              toArray(),
            ),
          );
          const async = lastValueFrom(
            from(lists).pipe(
              pulled(async function* (list) {
                yield* list;
              }),
              toArray(),
            ),
          );
          const model = lastValueFrom(
            from(lists).pipe(
              concatMap((list) => list),
              toArray(),
            ),
          );
          expect(await Promise.all([sync, async, model])).toEqual([expected, expected, expected]);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('expands synchronously, without a promise, while there is credit', () => {
    const watched = watch(handContext(), of(1, 2).pipe(pulled(times(3))));
    expect(watched).toMatchObject({ items: [1_000, 1_001, 1_002, 2_000, 2_001, 2_002], state: 'complete' });
  });

  it('stops at the item after which downstream closes, holds upstream, and goes on there', async () => {
    const stage = handContext();
    const watched = watch(stage, of(1, 2).pipe(pulled(times(4))), (item) => {
      if (item === 1_001 || item === 2_000) stage.credit.set(false);
    });
    expect(watched.items).toEqual([1_000, 1_001]);
    expect(stage.blocks()).toBe(1);
    stage.credit.set(true);
    await settled();
    expect(watched.items).toEqual([1_000, 1_001, 1_002, 1_003, 2_000]);
    expect(stage.blocks()).toBe(1);
    stage.credit.set(true);
    await settled();
    expect(watched).toMatchObject({ state: 'complete' });
    expect(watched.items).toHaveLength(8);
    expect(stage.blocks()).toBe(0);
  });

  it('never emits while downstream is closed, whatever the credit', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 15 }),
        fc.integer({ min: 1, max: 10 }),
        fc.boolean(),
        async (sizes, credits, asynchronous) => {
          const stage = handContext();
          let outstanding = 0;
          let worst = 0;
          const expand = (size: number): Iterable<number> | AsyncIterable<number> => {
            const items = Array.from({ length: size }, (_, index) => index);
            return asynchronous ? from2(items) : items;
          };
          const watched = watch(stage, from(sizes).pipe(pulled(expand)), () => {
            outstanding += 1;
            worst = Math.max(worst, outstanding);
            if (outstanding < credits) return;
            stage.credit.set(false);
            setImmediate(() => {
              outstanding = 0;
              stage.credit.set(true);
            });
          });
          while (watched.state === 'running') await settled();
          expect(watched.items).toEqual(
            sizes.flatMap((size) => Array.from({ length: size }, (_, index) => index)),
          );
          // An async iterator may deliver the one item that was asked for while there still was credit.
          expect(worst).toBeLessThanOrEqual(credits + (asynchronous ? 1 : 0));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('gives the event loop its turn every 5 ms of a long expansion, in async iterables too', async () => {
    for (const asynchronous of [false, true]) {
      const stage = handContext();
      const numbers = Array.from({ length: 1_000 }, (_, index) => index);
      const watched = watch(stage, of(1).pipe(pulled(() => (asynchronous ? from2(numbers) : numbers))), () =>
        stage.clock.advance(1),
      );
      while (watched.state === 'running') await settled();
      expect(watched.items).toHaveLength(1_000);
      expect(stage.clock.yields).toBeGreaterThanOrEqual(150);
      expect(stage.clock.yields).toBeLessThanOrEqual(205);
    }
  });

  it('holds a source back so that no more than one input waits', async () => {
    const downstream = handCredit();
    const stage = handContext(handCredit());
    let blocks = 0;
    const context = {
      ...stage.context,
      upstream: {
        block() {
          blocks += 1;
          downstream.set(false);
          return () => {
            blocks -= 1;
            downstream.set(true);
          };
        },
      },
    };
    const inputs = new Subject<number>();
    const watched = watch({ ...stage, context }, inputs.pipe(pulled(times(100))), () => {
      stage.credit.set(false);
      setImmediate(() => stage.credit.set(true));
    });
    let sent = 0;
    let ahead = 0;
    const source = fromChunks(async function* () {
      yield Array.from({ length: 20 }, (_, index) => index);
    });
    await pump(source, {
      next(item) {
        sent += 1;
        ahead = Math.max(ahead, sent - Math.ceil(watched.items.length / 100));
        inputs.next(item);
      },
      downstream,
      clock: stage.clock,
      signal: new AbortController().signal,
    });
    inputs.complete();
    while (watched.state === 'running') await settled();
    expect(watched.items).toHaveLength(2_000);
    expect(ahead).toBeLessThanOrEqual(1);
    expect(blocks).toBe(0);
  });

  it('sees a gated operator behind it in the same stage as its downstream', async () => {
    const stage = handContext();
    const releases: (() => void)[] = [];
    let made = 0;
    const expand = function* (): Generator<number> {
      for (; made < 1_000; ) yield made++;
    };
    const watched = watch(
      stage,
      of(1).pipe(
        pulled(expand),
        mapAsync((item: number) => new Promise<number>((resolve) => releases.push(() => resolve(item))), {
          concurrency: 4,
        }),
      ),
    );
    await settled();
    expect(made).toBe(4);
    for (let round = 0; watched.state === 'running' && round < 2_000; round += 1) {
      for (const release of releases.splice(0)) release();
      await settled();
      expect(made - watched.items.length).toBeLessThanOrEqual(4);
    }
    expect(watched.items).toHaveLength(1_000);
  });

  it('closes its iterator on unsubscribe, also while it is paused', async () => {
    for (const asynchronous of [false, true]) {
      let closed = 0;
      const stage = handContext();
      const sync = function* (): Generator<number> {
        try {
          for (;;) yield 1;
        } finally {
          closed += 1;
        }
      };
      const async = async function* (): AsyncGenerator<number> {
        try {
          for (;;) yield 1;
        } finally {
          closed += 1;
        }
      };
      const watched = watch(stage, of(1).pipe(pulled<number, number>(asynchronous ? async : sync)), () =>
        stage.credit.set(false),
      );
      await settled();
      watched.unsubscribe();
      await settled();
      expect(closed).toBe(1);
      expect(stage.blocks()).toBe(0);
      stage.credit.set(true);
      await settled();
      expect(watched.items).toHaveLength(1);
    }
  });

  it('passes on what the function, the iterator or the source throws, and lets upstream go', async () => {
    const failing: Record<string, () => Iterable<number> | AsyncIterable<number>> = {
      function: () => {
        throw new Error('function');
      },
      iterator: function* () {
        yield 1;
        throw new Error('iterator');
      },
      'async iterator': async function* () {
        yield 1;
        throw new Error('async iterator');
      },
    };
    for (const [message, expand] of Object.entries(failing)) {
      const stage = handContext();
      const watched = watch(stage, of(1, 2).pipe(pulled(expand)));
      await settled();
      expect(watched).toMatchObject({ state: 'failed', error: { message } });
      expect(stage.blocks()).toBe(0);
    }
    const broken = new Subject<number>();
    const watched = watch(handContext(), broken.pipe(pulled(times(1))));
    broken.error(new Error('source'));
    expect(watched).toMatchObject({ state: 'failed', error: { message: 'source' } });
  });

  it('fails with an OverflowError naming the stage when upstream does not stop', () => {
    const stage = handContext(handCredit(false));
    const inputs = new Subject<number>();
    const watched = watch(stage, inputs.pipe(pulled(times(1))));
    for (let item = 0; item < 65_537; item += 1) inputs.next(item);
    expect(watched.state).toBe('running');
    inputs.next(0);
    expect(watched).toMatchObject({
      state: 'failed',
      error: { code: 'OVERFLOW', context: { stage: 'under test' } },
    });
    expect(inputs.observed).toBe(false);
  });

  it('fails with an OverflowError when what waits is large, however few the items', () => {
    const inputs = new Subject<Uint8Array>();
    const watched = watch(handContext(handCredit(false)), inputs.pipe(pulled((bytes) => [bytes.length])));
    const large = new Uint8Array(2 ** 26);
    for (let item = 0; item < 5; item += 1) inputs.next(large);
    expect(watched.state).toBe('running');
    inputs.next(large);
    expect(watched).toMatchObject({
      state: 'failed',
      error: { code: 'OVERFLOW', context: { pendingItems: 4 } },
    });
  });

  it('stops a source that emits within subscribe as soon as its reader leaves', () => {
    let made = 0;
    const source = range(0, 10_000).pipe(tap(() => (made += 1)));
    source.pipe(pulled(times(1)), take(1)).subscribe();
    expect(made).toBe(1);
  });
});

async function* from2(items: readonly number[]): AsyncGenerator<number> {
  yield* items;
}
