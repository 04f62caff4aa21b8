import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFifo } from './fifo.js';

describe('a queue', () => {
  it('gives what an array would give, whoever leaves it in between', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('push' as const) }),
      fc.record({ kind: fc.constant('shift' as const) }),
      fc.record({ kind: fc.constant('leave' as const), which: fc.nat(300) }),
      fc.record({ kind: fc.constant('drain' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 600 }), (steps) => {
        const queue = createFifo<number>();
        const leave: (() => void)[] = [];
        let model: number[] = [];
        for (const each of steps) {
          if (each.kind === 'push') {
            model.push(leave.length);
            leave.push(queue.push(leave.length));
          } else if (each.kind === 'shift') {
            expect(queue.shift()).toBe(model.shift());
          } else if (each.kind === 'leave') {
            leave[each.which]?.();
            model = model.filter((item) => item !== each.which);
          } else if (model.length > 3) {
            expect(queue.drain()).toEqual(model);
            model = [];
          }
          expect(queue.size).toBe(model.length);
        }
        expect(queue.items()).toEqual(model);
      }),
    );
  });

  it('lets those go that it has served', () => {
    const queue = createFifo<number>();
    for (let n = 0; n < 100_000; n += 1) queue.push(n);
    let sum = 0;
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) sum += item;
    expect(sum).toBe((100_000 * 99_999) / 2);
    expect(queue.size).toBe(0);
  });
});
