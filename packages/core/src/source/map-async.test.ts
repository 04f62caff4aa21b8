import fc from 'fast-check';
import { from, lastValueFrom, type Observable, of, range, Subject, tap, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { inFlowContext } from '../materialise/flow-context.js';
import { mapAsync } from './map-async.js';
import { handContext, handCredit, settled } from './test-rig.js';

interface Call {
  readonly item: number;
  readonly signal: AbortSignal;
  resolve(value: number): void;
  reject(error: Error): void;
}

/** A service whose calls are answered by hand. */
function service(): { calls: Call[]; f: (item: number, signal: AbortSignal) => Promise<number> } {
  const calls: Call[] = [];
  return {
    calls,
    f: (item, signal) => new Promise((resolve, reject) => calls.push({ item, signal, resolve, reject })),
  };
}

function collect<T>(output: Observable<T>): {
  items: T[];
  state: string;
  error: unknown;
  unsubscribe(): void;
} {
  const seen = { items: [] as T[], state: 'running', error: undefined as unknown, unsubscribe: () => {} };
  const subscription = output.subscribe({
    next: (item) => seen.items.push(item),
    error(error: unknown) {
      seen.state = 'failed';
      seen.error = error;
    },
    complete() {
      seen.state = 'complete';
    },
  });
  seen.unsubscribe = () => subscription.unsubscribe();
  return seen;
}

describe('mapAsync', () => {
  it('has at most the given number of calls in flight', async () => {
    const { calls, f } = service();
    const seen = collect(range(0, 10).pipe(mapAsync(f, { concurrency: 3 })));
    expect(calls.map((call) => call.item)).toEqual([0, 1, 2]);
    calls[1]?.resolve(1);
    await settled();
    expect(calls.map((call) => call.item)).toEqual([0, 1, 2, 3]);
    expect(seen.items).toEqual([]);
    calls[0]?.resolve(0);
    await settled();
    expect(seen.items).toEqual([0, 1]);
    expect(calls).toHaveLength(5);
  });

  it('keeps the order by default, and gives every result once, however calls end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        fc.infiniteStream(fc.nat()),
        async (count, concurrency, ordered, choices) => {
          const { calls, f } = service();
          const open: Call[] = [];
          let started = 0;
          const seen = collect(range(0, count).pipe(mapAsync(f, { concurrency, ordered })));
          while (seen.state === 'running') {
            open.push(...calls.slice(started));
            started = calls.length;
            expect(open.length).toBeLessThanOrEqual(concurrency);
            const chosen = open.splice((choices.next().value ?? 0) % Math.max(1, open.length), 1)[0];
            chosen?.resolve(chosen.item);
            await settled();
          }
          const expected = Array.from({ length: count }, (_, index) => index);
          expect(ordered ? seen.items : [...seen.items].sort((a, b) => a - b)).toEqual(expected);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('gives results as they come when order is not asked for', async () => {
    const { calls, f } = service();
    const seen = collect(range(0, 3).pipe(mapAsync(f, { ordered: false })));
    calls[2]?.resolve(2);
    await settled();
    calls[0]?.resolve(0);
    await settled();
    expect(seen.items).toEqual([2, 0]);
  });

  it('lets at most four times the concurrency of results wait for a slow first call', async () => {
    const { calls, f } = service();
    collect(range(0, 100).pipe(mapAsync(f, { concurrency: 2 })));
    for (let call = 1; call < calls.length; call += 1) {
      calls[call]?.resolve(call);
      await settled();
    }
    expect(calls).toHaveLength(8);
    calls[0]?.resolve(0);
    await settled();
    expect(calls).toHaveLength(10);
  });

  it('holds upstream back while it is full, and lets it go on when it is not', async () => {
    const { calls, f } = service();
    const stage = handContext();
    const inputs = new Subject<number>();
    inFlowContext(stage.context, () => collect(inputs.pipe(mapAsync(f, { concurrency: 2 }))));
    inputs.next(0);
    expect(stage.blocks()).toBe(0);
    inputs.next(1);
    expect(stage.blocks()).toBe(1);
    calls[0]?.resolve(0);
    await settled();
    expect(stage.blocks()).toBe(0);
  });

  it('starts no call and emits nothing while downstream is closed', async () => {
    const { calls, f } = service();
    const credit = handCredit();
    const stage = handContext(credit);
    const inputs = new Subject<number>();
    const seen = inFlowContext(stage.context, () => collect(inputs.pipe(mapAsync(f, { concurrency: 4 }))));
    inputs.next(0);
    credit.set(false);
    calls[0]?.resolve(0);
    inputs.next(1);
    await settled();
    expect(calls).toHaveLength(1);
    expect(seen.items).toEqual([]);
    expect(stage.blocks()).toBe(1);
    credit.set(true);
    await settled();
    expect(seen.items).toEqual([0]);
    expect(calls).toHaveLength(2);
    expect(stage.blocks()).toBe(0);
  });

  it('completes only when the last result is out', async () => {
    const { calls, f } = service();
    const seen = collect(of(1).pipe(mapAsync(f)));
    expect(seen.state).toBe('running');
    calls[0]?.resolve(1);
    await settled();
    expect(seen).toMatchObject({ items: [1], state: 'complete' });
    expect(await lastValueFrom(from<number[]>([]).pipe(mapAsync(f), toArray()))).toEqual([]);
  });

  it('fails with the first error, aborts the other calls and ignores what they answer', async () => {
    const { calls, f } = service();
    const inputs = new Subject<number>();
    const seen = collect(inputs.pipe(mapAsync(f)));
    inputs.next(0);
    inputs.next(1);
    calls[0]?.reject(new Error('503'));
    await settled();
    expect(seen).toMatchObject({ state: 'failed', error: { message: '503' } });
    expect(calls[1]?.signal.aborted).toBe(true);
    expect(inputs.observed).toBe(false);
    calls[1]?.reject(new Error('late'));
    await settled();
    expect(seen.items).toEqual([]);
  });

  it('takes an error thrown before any promise as a failed call', () => {
    const seen = collect(
      of(1).pipe(
        mapAsync((): Promise<number> => {
          throw new Error('no token');
        }),
      ),
    );
    expect(seen).toMatchObject({ state: 'failed', error: { message: 'no token' } });
  });

  it('aborts its calls and lets upstream go on unsubscribe', () => {
    const { calls, f } = service();
    const stage = handContext();
    const inputs = new Subject<number>();
    const seen = inFlowContext(stage.context, () => collect(inputs.pipe(mapAsync(f, { concurrency: 1 }))));
    inputs.next(0);
    expect(stage.blocks()).toBe(1);
    seen.unsubscribe();
    expect(calls[0]?.signal.aborted).toBe(true);
    expect(stage.blocks()).toBe(0);
  });

  it('fails with an OverflowError naming the stage when upstream does not stop', () => {
    const stage = handContext();
    const inputs = new Subject<number>();
    const seen = inFlowContext(stage.context, () =>
      collect(inputs.pipe(mapAsync(service().f, { concurrency: 1 }))),
    );
    for (let item = 0; item < 65_537; item += 1) inputs.next(item);
    expect(seen.state).toBe('running');
    inputs.next(0);
    expect(seen).toMatchObject({
      state: 'failed',
      error: { code: 'OVERFLOW', context: { stage: 'under test' } },
    });
  });

  it('fails with an OverflowError when what waits is large, however few the items', () => {
    const inputs = new Subject<Uint8Array>();
    const call = (): Promise<number> => new Promise(() => undefined);
    const seen = inFlowContext(handContext().context, () =>
      collect(inputs.pipe(mapAsync(call, { concurrency: 1 }))),
    );
    const large = new Uint8Array(2 ** 26);
    for (let item = 0; item < 5; item += 1) inputs.next(large);
    expect(seen.state).toBe('running');
    inputs.next(large);
    expect(seen).toMatchObject({
      state: 'failed',
      error: { code: 'OVERFLOW', context: { pendingItems: 4 } },
    });
  });

  it('stops a source that emits within subscribe as soon as it has failed', () => {
    let made = 0;
    const failing = (): Promise<number> => {
      throw new Error('refused');
    };
    const seen = collect(
      range(0, 10_000).pipe(
        tap(() => (made += 1)),
        mapAsync(failing),
      ),
    );
    expect([seen.state, made]).toEqual(['failed', 1]);
  });

  it('refuses a concurrency that is not a positive whole number', () => {
    for (const concurrency of [0, -1, 1.5, Number.NaN]) {
      expect(() => mapAsync(service().f, { concurrency })).toThrowError(/positive whole number/);
    }
  });
});
