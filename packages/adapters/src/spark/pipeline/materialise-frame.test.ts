import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { DataFrame } from '../frame/data-frame.js';
import { outputBegun, outputEnded } from './held-frames.js';
import { type MaterialiseFrameOptions, materialiseFrame } from './materialise-frame.js';

const later = <T>() => {
  let happen = (_value: T): void => {};
  const happened = new Promise<T>((resolve) => {
    happen = resolve;
  });
  return { happen, happened };
};

/** A frame whose count ends when the test says so, whatever was aborted meanwhile: an answer that was under way. */
function counting() {
  const [begun, counted, released] = [later<void>(), later<number>(), later<void>()];
  const asks = async (_relation: unknown, ask: () => Promise<unknown>): Promise<void> => void (await ask());
  const engine = {
    server: 's',
    track: () => {},
    kept: { persist: asks, unpersist: asks },
    analyze: async ({ case: asked }: { readonly case: string }) => {
      if (asked === 'unpersist') released.happen();
    },
  };
  const made = {
    engine,
    relation: {},
    over: () => ({ isPersisted: async () => true }),
    count: () => {
      begun.happen();
      return counted.happened;
    },
  };
  // Nothing else of a frame is used here.
  return { frame: made as unknown as DataFrame<object>, begun, counted, released };
}

describe('a frame that is materialised', () => {
  it('is let go of when it is ready just after whoever waited for it has left and its outputs have ended', async () => {
    const { frame, begun, counted, released } = counting();
    outputBegun({ runId: 'run', output: 'out' });
    const subscription = of(frame).pipe(materialiseFrame()).subscribe();
    await begun.happened;
    subscription.unsubscribe();
    await outputEnded({ runId: 'run', output: 'out' });
    counted.happen(3);
    await expect(released.happened).resolves.toBeUndefined();
  });
});

describe('a stage that materialises', () => {
  it.each([
    [{ level: 'MEMORY' }, /storage level is one of DISK_ONLY, .*, not "MEMORY"/],
    [{ trigger: 'counts' }, /trigger of materialiseFrame is one of/],
    [{ tags: ['a,b'] }, /cannot be a tag/],
  ])('refuses %o where it is declared', (options, problem) => {
    // As JavaScript may give them.
    expect(() => materialiseFrame(options as MaterialiseFrameOptions)).toThrow(problem);
  });
});
