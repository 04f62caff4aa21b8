import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arena } from './arena.js';

const joined = (views: readonly Uint8Array[]): Buffer => Buffer.concat(views);

describe('arena', () => {
  it('keeps what was copied, whatever the sizes and however files take turns', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ file: fc.nat({ max: 2 }), size: fc.nat({ max: 30_000 }), clear: fc.boolean() })),
        (steps) => {
          const files = Array.from({ length: 3 }, () => ({
            memory: arena(),
            views: [] as Uint8Array[],
            expected: Buffer.alloc(0),
          }));
          for (const [at, { file, size, clear }] of steps.entries()) {
            const one = files[file];
            if (one === undefined) continue;
            const bytes = new Uint8Array(size).fill(at + 1);
            one.memory.copy(bytes, one.views);
            one.expected = Buffer.concat([one.expected, bytes]);
            bytes.fill(0);
            for (const { views, expected } of files) expect(joined(views).equals(expected)).toBe(true);
            if (!clear) continue;
            one.memory.clear();
            one.views = [];
            one.expected = Buffer.alloc(0);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('joins what lies side by side, and nothing else', () => {
    const memory = arena();
    const a: Uint8Array[] = [];
    const b: Uint8Array[] = [];
    memory.copy(new Uint8Array(10), a);
    memory.copy(new Uint8Array(20), a);
    memory.copy(new Uint8Array(5), b);
    memory.copy(new Uint8Array(7), a);
    expect(a.map(({ length }) => length)).toEqual([30, 7]);
    expect(b.map(({ length }) => length)).toEqual([5]);
  });

  it('uses memory again after clear, but not after drop', () => {
    const memory = arena();
    const copied = (): ArrayBufferLike | undefined => {
      const views: Uint8Array[] = [];
      memory.copy(new Uint8Array(100), views);
      return views[0]?.buffer;
    };
    const first = copied();
    memory.clear();
    expect(copied()).toBe(first);
    memory.drop();
    expect(copied()).not.toBe(first);
  });
});
