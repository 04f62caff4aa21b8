import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { concat, interval, Observable, of, range, Subject, throwError } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fromObservable, type PushSource } from './from-observable.js';
import { buffer, dropNewest, dropOldest, fail, type OverflowPolicy, spill } from './overflow.js';
import { readAll } from './test-rig.js';

const never = new AbortController().signal;

/** Opens the source, asks for one chunk, and lets `emit` push while nobody asks for more. */
async function opened<T>(
  source: PushSource<T>,
  emit: () => void,
  signal: AbortSignal = never,
): Promise<AsyncIterator<readonly T[]>> {
  const iterator = source.open(signal)[Symbol.asyncIterator]();
  const first = iterator.next();
  emit();
  await first;
  return iterator;
}

async function rest<T>(iterator: AsyncIterator<readonly T[]>): Promise<T[]> {
  const items: T[] = [];
  for (;;) {
    const result = await iterator.next();
    if (result.done === true) return items;
    items.push(...result.value);
  }
}

const push = (subject: Subject<number>, from: number, to: number): void => {
  for (let item = from; item < to; item += 1) subject.next(item);
};
const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);

describe('fromObservable', () => {
  it('delivers everything and ends when the observable completes, at every opening', async () => {
    const source = fromObservable(range(0, 5_000), { overflow: buffer(10_000) });
    expect(await readAll(source)).toEqual(numbers(0, 5_000));
    expect(await readAll(source)).toEqual(numbers(0, 5_000));
    expect(source.stats()).toMatchObject({ receivedItems: 10_000, droppedItems: 0, heldItems: 0 });
  });

  it('counts what all readings hold that are open, and the most of it at once', async () => {
    const subject = new Subject<string>();
    const overflow = buffer<string>({ bytes: 100, sizeOf: (text) => text.length });
    const source = fromObservable(subject, { overflow });
    const first = await opened(source, () => subject.next('x'));
    subject.next('four');
    const second = await opened(source, () => subject.next('five5'));
    expect(source.stats()).toMatchObject({ receivedItems: 4, heldItems: 2, heldBytes: 9 });
    subject.next('abc');
    expect(source.stats()).toMatchObject({ heldItems: 4, heldBytes: 15, peakBytes: 15 });
    await first.return?.();
    expect(source.stats()).toMatchObject({ heldItems: 1, heldBytes: 3, peakBytes: 15 });
    await second.return?.();
    expect(source.stats()).toMatchObject({ heldItems: 0, heldBytes: 0, peakBytes: 15 });
  });

  it('subscribes only when the first chunk is asked for', async () => {
    let subscribed = 0;
    const source = fromObservable(
      () =>
        new Observable<number>((subscriber) => {
          subscribed += 1;
          subscriber.complete();
        }),
      { overflow: fail() },
    );
    const iterator = source.open(never)[Symbol.asyncIterator]();
    expect(subscribed).toBe(0);
    await iterator.next();
    expect(subscribed).toBe(1);
  });

  it('refuses to be declared without an overflow policy, naming the five', () => {
    // As from JavaScript, where nothing has checked the options.
    const options = {} as { overflow: OverflowPolicy<number> };
    expect(() => fromObservable(of(1), options)).toThrowError(
      /buffer\(limit\).*dropOldest.*dropNewest.*fail\(\).*spill\(\)/,
    );
  });

  it('delivers the items before an error of the observable, then the error', async () => {
    const source = fromObservable(
      concat(
        of(1, 2),
        throwError(() => new Error('feed broke')),
      ),
      { overflow: buffer(10) },
    );
    const iterator = source.open(never)[Symbol.asyncIterator]();
    expect(await iterator.next()).toEqual({ done: false, value: [1, 2] });
    await expect(iterator.next()).rejects.toThrow('feed broke');
  });

  it('buffer: fails with an OverflowError beyond its limit, and unsubscribes', async () => {
    const subject = new Subject<number>();
    const source = fromObservable(subject, { overflow: buffer(3), name: 'ticks' });
    const iterator = await opened(source, () => push(subject, 0, 3));
    push(subject, 3, 6);
    expect(subject.observed).toBe(true);
    push(subject, 6, 7);
    expect(subject.observed).toBe(false);
    await expect(iterator.next()).rejects.toMatchObject({
      code: 'OVERFLOW',
      context: { source: 'ticks', heldItems: 3 },
    });
    expect(source.stats().heldItems).toBe(0);
  });

  it('buffer: ends an observable that never stops emitting within subscribe', async () => {
    const source = fromObservable(range(0, Number.POSITIVE_INFINITY), { overflow: buffer(100) });
    await expect(readAll(source)).rejects.toMatchObject({ code: 'OVERFLOW' });
    expect(source.stats().receivedItems).toBe(101);
  });

  it('buffer: holds to a limit in bytes', async () => {
    const subject = new Subject<string>();
    const overflow = buffer<string>({ bytes: 100, sizeOf: (text) => text.length });
    const iterator = await opened(fromObservable(subject, { overflow }), () => subject.next('x'));
    for (let count = 0; count < 10; count += 1) subject.next('x'.repeat(10));
    subject.next('y');
    await expect(iterator.next()).rejects.toMatchObject({ code: 'OVERFLOW', context: { heldBytes: 100 } });
  });

  it('buffer: admits a single item larger than the limit alone', async () => {
    const overflow = buffer<string>({ bytes: 10, sizeOf: (text) => text.length });
    expect(await readAll(fromObservable(of('x'.repeat(50)), { overflow }))).toEqual(['x'.repeat(50)]);
  });

  it('dropOldest: keeps the newest and counts what it dropped', async () => {
    const subject = new Subject<number>();
    const dropped: number[] = [];
    const source = fromObservable(subject, { overflow: dropOldest(4), onDrop: (item) => dropped.push(item) });
    const iterator = await opened(source, () => push(subject, 0, 1));
    push(subject, 1, 11);
    subject.complete();
    expect(await rest(iterator)).toEqual([7, 8, 9, 10]);
    expect(dropped).toEqual([1, 2, 3, 4, 5, 6]);
    expect(source.stats()).toMatchObject({ receivedItems: 11, droppedItems: 6 });
  });

  it('dropNewest: keeps the oldest and counts what it dropped', async () => {
    const subject = new Subject<number>();
    const source = fromObservable(subject, { overflow: dropNewest(4) });
    const iterator = await opened(source, () => push(subject, 0, 1));
    push(subject, 1, 11);
    subject.complete();
    expect(await rest(iterator)).toEqual([1, 2, 3, 4]);
    expect(source.stats()).toMatchObject({ receivedItems: 11, droppedItems: 6 });
  });

  it('fail: lets a burst of one chunk pass, and fails beyond it', async () => {
    const subject = new Subject<number>();
    const iterator = await opened(fromObservable(subject, { overflow: fail() }), () => push(subject, 0, 1));
    push(subject, 0, 1_024);
    expect(subject.observed).toBe(true);
    subject.next(0);
    await expect(iterator.next()).rejects.toMatchObject({ code: 'OVERFLOW' });
  });

  it('unsubscribes when it is left early and when it is aborted', async () => {
    for (const how of ['return', 'abort']) {
      const controller = new AbortController();
      const subject = new Subject<number>();
      const source = fromObservable(subject, { overflow: buffer(10) });
      const iterator = await opened(source, () => subject.next(1), controller.signal);
      expect(subject.observed).toBe(true);
      if (how === 'return') await iterator.return?.();
      else controller.abort();
      expect(subject.observed).toBe(false);
    }
  });

  it('ends with the abort reason while it waits for an item', async () => {
    const controller = new AbortController();
    const source = fromObservable(interval(1_000_000), { overflow: fail() });
    const pending = source.open(controller.signal)[Symbol.asyncIterator]().next();
    const failed = expect(pending).rejects.toThrow('enough');
    controller.abort(new Error('enough'));
    await failed;
  });

  it('refuses limits below one', () => {
    expect(() => buffer(0)).toThrowError(/items must be at least 1, got 0/);
    expect(() => dropOldest({ bytes: Number.NaN })).toThrowError(/bytes must be at least 1, got NaN/);
  });
});

describe('spill', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tailrace-test-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('keeps the order across memory, disk and memory, and removes its files', async () => {
    const subject = new Subject<number>();
    const source = fromObservable(subject, { overflow: spill({ items: 100, directory }) });
    const iterator = await opened(source, () => push(subject, 0, 1));
    push(subject, 1, 5_000);
    expect(source.stats().spilledBytes).toBeGreaterThan(0);
    const chunk = await iterator.next();
    push(subject, 5_000, 7_777);
    subject.complete();
    expect([...(chunk.value as number[]), ...(await rest(iterator))]).toEqual(numbers(1, 7_777));
    expect(readdirSync(directory)).toEqual([]);
    expect(source.stats()).toMatchObject({ heldItems: 0, spilledBytes: 0, droppedItems: 0 });
  });

  it('takes plain data of every kind through the disk', async () => {
    const items = [{ at: new Date(5), big: 2n ** 63n, text: 'ü', bytes: new Uint8Array([1, 2]), none: null }];
    const many = Array.from({ length: 1_100 }, () => items[0]);
    expect(await readAll(fromObservable(of(...many), { overflow: spill({ items: 1, directory }) }))).toEqual(
      many,
    );
  });

  it('fails with an OverflowError when the disk limit is reached', async () => {
    const source = fromObservable(range(0, 100_000), {
      overflow: spill({ items: 10, diskBytes: 20_000, directory }),
    });
    await expect(readAll(source)).rejects.toMatchObject({ code: 'OVERFLOW', operation: 'spill items' });
    expect(readdirSync(directory)).toEqual([]);
  });

  it('says which source cannot spill items that are not plain data', async () => {
    const functions = Array.from({ length: 2_000 }, () => () => 1);
    const source = fromObservable(of(...functions), {
      name: 'handlers',
      overflow: spill({ items: 1, directory }),
    });
    await expect(readAll(source)).rejects.toThrow(/'handlers' cannot spill its items/);
  });

  it('removes its files when it is left early', async () => {
    const subject = new Subject<number>();
    const source = fromObservable(subject, { overflow: spill({ items: 1, directory }) });
    const iterator = await opened(source, () => push(subject, 0, 1));
    push(subject, 0, 3_000);
    expect(readdirSync(directory)).toHaveLength(1);
    await iterator.return?.();
    expect(existsSync(directory)).toBe(true);
    expect(readdirSync(directory)).toEqual([]);
  });
});
