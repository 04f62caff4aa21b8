import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBundle, framesOf } from './bundle.js';

function rig() {
  const frames: string[] = [];
  let due: (() => void) | undefined;
  let dueMs: number | undefined;
  const bundle = createBundle(
    {
      setTimeout: (callback, ms) => {
        due = callback;
        dueMs = ms;
        return callback;
      },
      clearTimeout: () => {
        due = undefined;
        dueMs = undefined;
      },
    },
    (frame) => frames.push(frame),
  );
  return { bundle, frames, pass: () => due?.(), dueMs: () => dueMs };
}

describe('a bundle', () => {
  it('sends what came within a moment as one frame of lines, in order, and nothing when nothing came', () => {
    const { bundle, frames, pass } = rig();
    for (const text of ['1', '2', '3']) bundle.add(text);
    expect(frames).toEqual([]);
    pass();
    pass();
    bundle.flush();
    bundle.add('4');
    pass();
    expect(frames).toEqual(['1\n2\n3', '4']);
  });

  it('sends the first after a lull soon, and no more than two a second while more come', () => {
    const { bundle, frames, pass, dueMs } = rig();
    bundle.add('1');
    expect(dueMs()).toBe(50);
    pass();
    for (const text of ['2', '3', '4']) {
      bundle.add(text);
      expect(dueMs()).toBe(500);
      pass();
    }
    // Nothing has come: the lull begins.
    pass();
    expect(dueMs()).toBeUndefined();
    bundle.add('5');
    expect(dueMs()).toBe(50);
    expect(frames).toEqual(['1', '2', '3', '4']);
    bundle.flush();
    expect(dueMs()).toBeUndefined();
  });

  it('waits no longer when it is asked not to, or has grown large', () => {
    const { bundle, frames, pass } = rig();
    bundle.add('1');
    bundle.flush();
    const large = 'x'.repeat(100_000);
    for (let n = 0; n < 4; n += 1) bundle.add(large);
    expect(frames.map((frame) => frame.length)).toEqual([1, 300_002]);
    pass();
    expect(frames.at(-1)).toBe(large);
  });
});

describe('frames of messages that are there', () => {
  it('carry all of them in order, as many as fit and one at the least', () => {
    const text = fc.string({ minLength: 1, maxLength: 8 }).filter((each) => !each.includes('\n'));
    fc.assert(
      fc.property(fc.array(text), (texts) => {
        const frames = [...framesOf(texts, 10)];
        expect(frames.flatMap((frame) => frame.split('\n'))).toEqual(texts);
        for (const [index, frame] of frames.entries()) {
          expect(frame.length).toBeLessThanOrEqual(10);
          const first = frames[index + 1]?.split('\n')[0];
          if (first !== undefined) expect(frame.length + 1 + first.length).toBeGreaterThan(10);
        }
      }),
    );
  });
});
