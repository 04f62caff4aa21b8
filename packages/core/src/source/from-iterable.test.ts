import { describe, expect, it } from 'vitest';
import { defineSchema, float64 } from '../batch/schema.js';
import { fromChunks, fromIterable } from './from-iterable.js';
import { pump } from './pump.js';
import { repeat } from './repeat.js';
import { handClock, handCredit, readAll, settled } from './test-rig.js';

const never = new AbortController().signal;

async function chunkSizes(source: {
  open(signal: AbortSignal): AsyncIterable<readonly unknown[]>;
}): Promise<number[]> {
  const sizes: number[] = [];
  for await (const chunk of source.open(never)) sizes.push(chunk.length);
  return sizes;
}

function* numbers(count: number): Generator<number> {
  for (let index = 0; index < count; index += 1) yield index;
}

describe('fromIterable', () => {
  it('cuts arrays into chunks of 1,024 and knows their length', async () => {
    const source = fromIterable(Array.from(numbers(2_500)));
    expect(source.totalItems).toBe(2_500);
    expect(await chunkSizes(source)).toEqual([1_024, 1_024, 452]);
  });

  it('opens an array, a set and a factory as often as one likes', async () => {
    for (const source of [
      fromIterable([1, 2]),
      fromIterable(new Set([1, 2])),
      fromIterable(() => [1, 2].values()),
    ]) {
      expect(await readAll(source)).toEqual([1, 2]);
      expect(await readAll(source)).toEqual([1, 2]);
    }
  });

  it('refuses to open a generator object a second time, and says what to give instead', async () => {
    const source = fromIterable(numbers(2), { name: 'once' });
    expect(await readAll(source)).toEqual([0, 1]);
    expect(() => source.open(never)).toThrowError(
      /'once' was opened a second time.*fromIterable\(\(\) => \.\.\.\)/,
    );
  });

  it('refuses what cannot be iterated when it is declared', () => {
    // As from JavaScript, where nothing has checked the argument.
    expect(() => fromIterable(42 as unknown as number[])).toThrowError(/not iterable: got number/);
    expect(() => fromIterable([], { chunkItems: 0 })).toThrowError(/positive integer, got 0/);
  });

  it('hands over smaller chunks when items are slow to make', async () => {
    const clock = handClock();
    const slow = function* (): Generator<number> {
      for (const number of numbers(100)) {
        clock.advance(2);
        yield number;
      }
    };
    const sizes = await chunkSizes(fromIterable(slow, { clock }));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(8);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(100);
  });

  it('closes the iterator when it is left early', async () => {
    for (const kind of ['sync', 'async']) {
      let closed = 0;
      const sync = function* (): Generator<number> {
        try {
          yield* numbers(10_000);
        } finally {
          closed += 1;
        }
      };
      const async = async function* (): AsyncGenerator<number> {
        try {
          yield* numbers(10_000);
        } finally {
          closed += 1;
        }
      };
      const source = fromIterable<number>(kind === 'sync' ? sync : async);
      for await (const chunk of source.open(never)) if (chunk.length > 0) break;
      expect(closed).toBe(1);
    }
  });

  it('gathers async items that are there already, and never delays one for a fuller chunk', async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const items = async function* (): AsyncGenerator<number> {
      yield 1;
      yield 2;
      await held;
      yield 3;
    };
    // On a busy machine the turn of a real clock may be over after the first item.
    const source = fromIterable(items, { clock: handClock() });
    const iterator = source.open(never)[Symbol.asyncIterator]();
    expect(await iterator.next()).toEqual({ done: false, value: [1, 2] });
    release();
    expect(await iterator.next()).toEqual({ done: false, value: [3] });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('delivers the items before an error of an async iterable, then the error', async () => {
    const source = fromIterable(async function* () {
      yield 1;
      throw new Error('broken');
    });
    const items: number[] = [];
    const running = pump(source, {
      next: (item) => items.push(item),
      downstream: handCredit(),
      clock: handClock(),
      signal: never,
    });
    await expect(running).rejects.toThrow('broken');
    expect(items).toEqual([1]);
  });

  it('leaves no unhandled rejection when an item asked for ahead fails after the source was left', async () => {
    const unhandled: unknown[] = [];
    const listener = (error: unknown): void => {
      unhandled.push(error);
    };
    process.on('unhandledRejection', listener);
    let breakIt = (_: Error): void => {};
    let calls = 0;
    const source = fromIterable({
      [Symbol.asyncIterator]: () => ({
        next(): Promise<IteratorResult<number>> {
          calls += 1;
          if (calls === 1) return Promise.resolve({ done: false, value: 1 });
          return new Promise((_, reject) => {
            breakIt = reject;
          });
        },
        return: () => Promise.resolve({ done: true as const, value: undefined }),
      }),
    });
    for await (const chunk of source.open(never)) {
      expect(chunk).toEqual([1]);
      break;
    }
    breakIt(new Error('too late'));
    await settled();
    process.off('unhandledRejection', listener);
    expect(unhandled).toEqual([]);
  });

  it('ends with the abort reason while an async iterable hangs, and closes it', async () => {
    let closed = false;
    const source = fromIterable<number>({
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => {}),
        return: async () => {
          closed = true;
          return { done: true, value: undefined };
        },
      }),
    });
    const controller = new AbortController();
    const pending = source.open(controller.signal)[Symbol.asyncIterator]().next();
    const failed = expect(pending).rejects.toThrow('enough');
    controller.abort(new Error('enough'));
    await failed;
    expect(closed).toBe(true);
  });
});

describe('fromChunks', () => {
  it('passes chunks on as they are and the signal to the function', async () => {
    const signals: AbortSignal[] = [];
    const source = fromChunks(async function* (signal) {
      signals.push(signal);
      yield [1, 2];
      yield [3];
    });
    expect(await chunkSizes(source)).toEqual([2, 1]);
    expect(signals).toEqual([never]);
  });
});

describe('repeat', () => {
  it('opens the source once per copy and maps each item with the number of its copy', async () => {
    const source = repeat(fromIterable([1, 2]), 3, (item, copy) => item + 10 * copy);
    expect(source.totalItems).toBe(6);
    expect(await readAll(source)).toEqual([1, 2, 11, 12, 21, 22]);
    expect(await readAll(repeat(fromIterable(['a']), 2))).toEqual(['a', 'a']);
  });

  it('keeps the columns of the source where its items stay as they are', () => {
    const schema = defineSchema({ n: float64() });
    const source = { ...fromIterable([{ n: 1 }]), schema };
    expect(repeat(source, 2).schema).toBe(schema);
    expect(repeat(source, 2, ({ n }) => ({ text: String(n) })).schema).toBeUndefined();
  });

  it('refuses a number of times that is not a positive whole number', () => {
    for (const times of [0, -1, 1.5, Number.NaN]) {
      expect(() => repeat(fromIterable([1]), times)).toThrowError(/positive whole number of times/);
    }
  });
});
