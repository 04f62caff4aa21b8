// Two nodes that read one push source: each counts for itself, the source for both.
import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { fromObservable } from '../source/from-observable.js';
import { dropNewest } from '../source/overflow.js';
import { systemClock } from '../time/clock.js';
import { sourceEngine } from './engines.js';
import type { Meter } from './meter.js';
import type { Node } from './node.js';

describe('two nodes that read one push source', () => {
  it('count what each has been given and has dropped, and the source counts all of it', async () => {
    const items = new Subject<number>();
    const source = fromObservable(items, { overflow: dropNewest({ items: 2 }) });
    const reading = () => {
      const seen: unknown[] = [];
      let end = (): void => undefined;
      const ended = new Promise<void>((resolve) => {
        end = resolve;
      });
      const meter: Partial<Meter> = { readMs: 0, busyMs: 0, blockedMs: 0 };
      // A part of a node, told to be a whole one: it is all that the engine of a source asks of its node.
      const node = {
        name: 'n',
        meter,
        gate: { downstream: { open: true, whenOpen: () => Promise.resolve() } },
        next: (item: unknown) => seen.push(item),
        complete: () => undefined,
        fail: () => undefined,
      } as unknown as Node;
      sourceEngine({
        node,
        source,
        clock: systemClock,
        onLateError: () => undefined,
        track: () => end,
      }).start();
      return { seen, ended, meter };
    };
    const one = reading();
    const two = reading();
    // In one turn: two wait, and three are dropped.
    for (const item of [1, 2, 3, 4, 5]) items.next(item);
    items.complete();
    await Promise.all([one.ended, two.ended]);
    for (const { seen, meter } of [one, two]) {
      expect(seen).toEqual([1, 2]);
      expect(meter.pushed?.()).toEqual({ receivedItems: 5, droppedItems: 3 });
    }
    expect(source.stats()).toMatchObject({ receivedItems: 10, droppedItems: 6 });
  });
});
