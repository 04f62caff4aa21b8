import fc from 'fast-check';
import { expect, it } from 'vitest';
import { joined } from './wanted-ranges.js';

const range = fc.record({ start: fc.nat(10_000_000), bytes: fc.nat(1_000_000) });

it('ranges that are fetched cover all that are wanted, in order, and never meet', () => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 20 }), (ranges) => {
      const fetched = joined(ranges);
      for (const { start, bytes } of ranges) {
        const covers = fetched.some((one) => one.start <= start && start + bytes <= one.start + one.bytes);
        expect(covers).toBe(true);
      }
      fetched.slice(1).forEach((one, at) => {
        const before = fetched[at];
        expect(one.start).toBeGreaterThan((before?.start ?? 0) + (before?.bytes ?? 0));
      });
    }),
  );
});

it('what is far apart is fetched apart', () => {
  expect(
    joined([
      { start: 1_000_000, bytes: 10 },
      { start: 0, bytes: 10 },
    ]),
  ).toEqual([
    { start: 0, bytes: 10 },
    { start: 1_000_000, bytes: 10 },
  ]);
});
