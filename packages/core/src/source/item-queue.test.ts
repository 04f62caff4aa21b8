import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createItemQueue } from './item-queue.js';

describe('item queue', () => {
  it('gives items back in order and always knows how many and how large they are', () => {
    const operation = fc.oneof(
      fc.record({ push: fc.integer({ min: 0, max: 100 }) }),
      fc.record({ take: fc.integer({ min: 0, max: 40 }) }),
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 400 }), (operations) => {
        const queue = createItemQueue<number>();
        const model: { item: number; bytes: number }[] = [];
        let pushed = 0;
        for (const step of operations) {
          if ('push' in step) {
            queue.push(pushed, step.push);
            model.push({ item: pushed, bytes: step.push });
            pushed += 1;
          } else {
            expect(queue.take(step.take)).toEqual(model.splice(0, step.take).map(({ item }) => item));
          }
          expect(queue.items).toBe(model.length);
          expect(queue.bytes).toBe(model.reduce((sum, { bytes }) => sum + bytes, 0));
        }
      }),
      { numRuns: 50 },
    );
  });

  it('stays in order when it lets go of the part that was taken', () => {
    const queue = createItemQueue<number>();
    const taken: number[] = [];
    for (let item = 0; item < 10_000; item += 1) {
      queue.push(item, 1);
      if (item % 3 !== 0) taken.push(...queue.take(1));
    }
    taken.push(...queue.take(10_000));
    expect(taken).toEqual(Array.from({ length: 10_000 }, (_, index) => index));
    expect(queue.bytes).toBe(0);
  });

  it('is empty after clear', () => {
    const queue = createItemQueue<string>();
    queue.push('a', 5);
    queue.clear();
    expect([queue.items, queue.bytes, queue.take(1)]).toEqual([0, 0, []]);
  });
});
