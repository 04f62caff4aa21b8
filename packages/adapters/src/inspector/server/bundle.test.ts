import { describe, expect, it } from 'vitest';
import { createBundle } from './bundle.js';

function rig() {
  const frames: string[] = [];
  let due: (() => void) | undefined;
  const bundle = createBundle(
    {
      setTimeout: (callback) => {
        due = callback;
        return callback;
      },
      clearTimeout: () => {
        due = undefined;
      },
    },
    (frame) => frames.push(frame),
  );
  return { bundle, frames, pass: () => due?.() };
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
