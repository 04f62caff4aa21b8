import { describe, expect, it, vi } from 'vitest';
import type { HeldFrame } from './held-frame.js';
import { frameGivenUp, frameHeld, outputBegun, outputEnded } from './held-frames.js';

/** Nothing but the release of a held frame is looked at here. */
function held(release: () => Promise<void> = async () => {}) {
  const spy = vi.fn(release);
  const warn = vi.fn();
  // Of a frame only its release, and whom to warn, is used here.
  return { spy, warn, frame: { release: spy, frame: { warn } } as unknown as HeldFrame<object> };
}

describe('held frames of a session', () => {
  it('are let go of when its last output has ended, once', async () => {
    const [one, two] = [held(), held()];
    for (const output of ['run-1/a', 'run-1/b']) outputBegun('s', output);
    frameHeld('s', one.frame);
    frameHeld('s', two.frame);
    await outputEnded('s', 'run-1/a');
    await outputEnded('s', 'run-1/a');
    expect(one.spy).not.toHaveBeenCalled();
    await outputEnded('s', 'run-1/b');
    expect([one.spy.mock.calls.length, two.spy.mock.calls.length]).toEqual([1, 1]);
    await outputEnded('s', 'run-1/b');
    expect(one.spy).toHaveBeenCalledTimes(1);
  });

  it('stay while another run of the session, or of theirs, has an output open', async () => {
    const { spy, frame } = held();
    outputBegun('s', 'run-1/a');
    outputBegun('s', 'run-2/a');
    outputBegun('t', 'run-3/a');
    frameHeld('s', frame);
    await outputEnded('t', 'run-3/a');
    await outputEnded('s', 'run-1/a');
    expect(spy).not.toHaveBeenCalled();
    await outputEnded('s', 'run-2/a');
    expect(spy).toHaveBeenCalledTimes(1);
  });

  it('that Spark does not let go of are warned of, and keep no other', async () => {
    const problem = new Error('away');
    const [stuck, other] = [held(() => Promise.reject(problem)), held()];
    outputBegun('s', 'run-1/a');
    frameHeld('s', stuck.frame);
    frameHeld('s', other.frame);
    await outputEnded('s', 'run-1/a');
    expect(other.spy).toHaveBeenCalledTimes(1);
    expect(stuck.warn).toHaveBeenCalledWith(expect.objectContaining({ cause: problem }));
  });

  it('that are given up go with the others while an output is open, which may read the same plan, and at once without one', async () => {
    const [during, without] = [held(), held()];
    outputBegun('s', 'run-1/a');
    await frameGivenUp('s', during.frame);
    expect(during.spy).not.toHaveBeenCalled();
    await outputEnded('s', 'run-1/a');
    expect(during.spy).toHaveBeenCalledTimes(1);
    await frameGivenUp('s', without.frame);
    expect(without.spy).toHaveBeenCalledTimes(1);
  });

  it('of a run without outputs there are left to whoever releases them, also when another run ends later', async () => {
    const { spy, frame } = held();
    frameHeld('s', frame);
    outputBegun('s', 'run-1/a');
    await outputEnded('s', 'run-1/a');
    expect(spy).not.toHaveBeenCalled();
  });
});
