import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Relation } from '../protocol/relation.js';
import {
  frameBegun,
  frameForgotten,
  frameGivenUp,
  frameTaken,
  type Kept,
  outputBegun,
  outputEnded,
  type Stages,
  stagesOver,
} from './held-frames.js';

/** Runs of their own, as what is tested is of this process. */
let number = 0;
beforeEach(() => {
  number += 1;
});
const output = (name: string, run = 'a') => ({ runId: `run-${number}-${run}`, output: name });
const stages = (): Stages => ({ isOver: false });

let ids = 0n;
const relation = (input?: Relation): Relation => {
  ids += 1n;
  const range = { case: 'range', value: { start: 0n, end: ids, step: 1n } } as const;
  const relType = input === undefined ? range : ({ case: 'limit', value: { input, limit: 3 } } as const);
  return { common: { planId: ids }, relType };
};

interface Given extends Partial<Omit<Kept, 'letting'>> {
  release?(): Promise<void>;
}

/** A frame that Spark holds. Nothing but its release, and whom to warn, is looked at here. */
function held({ release = async () => {}, ...given }: Given = {}) {
  const [spy, warn, track, made] = [vi.fn(release), vi.fn(), vi.fn(), given.relation ?? relation()];
  const kept: Kept = {
    letting: { release: spy, engine: { warn, track } },
    plan: String(made.common?.planId),
    relation: made,
    isWhole: true,
    stages: stages(),
    ...given,
  };
  return { kept, warn, track, released: () => spy.mock.calls.length };
}

describe('a frame that Spark holds', () => {
  it('is let go of when its stages and the output that has taken it have ended, while others go on', async () => {
    const [quick, slow] = [held(), held()];
    for (const name of ['quick', 'slow']) outputBegun(output(name));
    for (const { kept } of [quick, slow]) await frameBegun(kept);
    frameTaken(quick.kept, output('quick'));
    frameTaken(slow.kept, output('slow'));
    for (const { kept } of [quick, slow]) await stagesOver(kept.stages);
    expect([quick.released(), slow.released()]).toEqual([0, 0]);
    await outputEnded(output('quick'));
    expect([quick.released(), slow.released()]).toEqual([1, 0]);
    await outputEnded(output('quick'));
    await outputEnded(output('slow'));
    expect([quick.released(), slow.released()]).toEqual([1, 1]);
  });

  it('stays while a stage may still read it, also when the outputs that took it have ended', async () => {
    const { kept, released } = held();
    outputBegun(output('out'));
    await frameBegun(kept);
    frameTaken(kept, output('out'));
    await outputEnded(output('out'));
    expect(released()).toBe(0);
    await stagesOver(kept.stages);
    expect(released()).toBe(1);
  });

  it('stays until the last of several outputs has ended', async () => {
    const { kept, released } = held();
    for (const name of ['one', 'two']) {
      outputBegun(output(name));
      if (name === 'one') await frameBegun(kept);
      frameTaken(kept, output(name));
    }
    await stagesOver(kept.stages);
    await outputEnded(output('one'));
    expect(released()).toBe(0);
    await outputEnded(output('two'));
    expect(released()).toBe(1);
  });

  it('that no output has taken goes with its stages', async () => {
    const { kept, released } = held();
    outputBegun(output('of another'));
    await frameBegun(kept);
    await stagesOver(kept.stages);
    expect(released()).toBe(1);
    await outputEnded(output('of another'));
  });

  it('stays while another run reads an equal plan, of which Spark keeps one', async () => {
    const [first, second] = [held({ plan: `equal ${number}` }), held({ plan: `equal ${number}` })];
    for (const [{ kept }, run] of [
      [first, 'a'],
      [second, 'b'],
    ] as const) {
      outputBegun(output('out', run));
      await frameBegun(kept);
      frameTaken(kept, output('out', run));
      await stagesOver(kept.stages);
    }
    await outputEnded(output('out', 'a'));
    expect([first.released(), second.released()]).toEqual([0, 0]);
    await outputEnded(output('out', 'b'));
    expect([first.released(), second.released()]).toEqual([1, 1]);
  });

  it('goes run by run where runs overlap without end, each with a plan of its own', async () => {
    const runs = Array.from({ length: 5 }, () => held());
    for (const [at, { kept }] of runs.entries()) {
      outputBegun(output('out', String(at)));
      await frameBegun(kept);
      frameTaken(kept, output('out', String(at)));
      await stagesOver(kept.stages);
      if (at > 0) await outputEnded(output('out', String(at - 1)));
    }
    expect(runs.map(({ released }) => released())).toEqual([1, 1, 1, 1, 0]);
    await outputEnded(output('out', '4'));
  });

  it.each([
    [true, 1],
    [false, 0],
  ])(
    'of which another one is made goes before it where that is kept as a whole: %s',
    async (isWhole, gone) => {
      const below = held();
      const above = held({ relation: relation(below.kept.relation), isWhole });
      outputBegun(output('out'));
      for (const { kept } of [below, above]) await frameBegun(kept);
      frameTaken(above.kept, output('out'));
      for (const { kept } of [below, above]) await stagesOver(kept.stages);
      expect([below.released(), above.released()]).toEqual([gone, 0]);
      await outputEnded(output('out'));
      expect([below.released(), above.released()]).toEqual([1, 1]);
    },
  );

  it('that Spark does not let go of is warned of, and keeps no other', async () => {
    const problem = new Error('away');
    const shared = stages();
    const [stuck, other] = [
      held({ release: () => Promise.reject(problem), stages: shared }),
      held({ stages: shared }),
    ];
    for (const { kept } of [stuck, other]) await frameBegun(kept);
    await stagesOver(shared);
    expect(other.released()).toBe(1);
    expect(stuck.warn).toHaveBeenCalledWith(expect.objectContaining({ cause: problem }));
  });

  it('that is given up goes at once, unless somebody reads an equal plan', async () => {
    const [alone, equal, given] = [
      held(),
      held({ plan: `same ${number}` }),
      held({ plan: `same ${number}` }),
    ];
    for (const { kept } of [alone, equal, given]) await frameBegun(kept);
    await frameGivenUp(alone.kept);
    await frameGivenUp(given.kept);
    expect([alone.released(), given.released()]).toEqual([1, 0]);
    await stagesOver(equal.kept.stages);
    expect([equal.released(), given.released()]).toEqual([1, 1]);
  });

  it('goes when another one does not come to be held that was to read it', async () => {
    const below = held();
    const above = held({ relation: relation(below.kept.relation), isWhole: false });
    for (const { kept } of [below, above]) await frameBegun(kept);
    await stagesOver(below.kept.stages);
    expect(below.released()).toBe(0);
    frameForgotten(above.kept);
    expect([below.released(), above.released()]).toEqual([1, 0]);
  });

  it('goes when nobody waits any more for another one to be held that was to read it', async () => {
    let go = (): void => {};
    const going = new Promise<void>((resolve) => {
      go = resolve;
    });
    const leaving = held({ plan: `before ${number}`, release: () => going });
    await frameBegun(leaving.kept);
    const over = stagesOver(leaving.kept.stages);
    const below = held();
    await frameBegun(below.kept);
    const given = new AbortController();
    const made = { plan: `before ${number}`, relation: relation(below.kept.relation), isWhole: false };
    const above = held(made);
    const begun = frameBegun(above.kept, given.signal);
    await stagesOver(below.kept.stages);
    expect(below.released()).toBe(0);
    given.abort();
    await expect(begun).rejects.toMatchObject({ code: 'CANCELLED' });
    expect([below.released(), above.released()]).toEqual([1, 0]);
    go();
    await over;
  });

  it('that is just let go of has its session stay open, as nobody waits for the end of a stage', async () => {
    const { kept, track } = held();
    await frameBegun(kept);
    void stagesOver(kept.stages);
    expect(track).toHaveBeenCalledExactlyOnceWith(expect.any(Promise));
  });

  it('that is forgotten, or taken by an output that is not known here, is left to its session', async () => {
    const [forgotten, taken] = [held(), held()];
    for (const { kept } of [forgotten, taken]) await frameBegun(kept);
    frameForgotten(forgotten.kept);
    frameTaken(taken.kept, output('of whom'));
    for (const { kept } of [forgotten, taken]) await stagesOver(kept.stages);
    expect([forgotten.released(), taken.released()]).toEqual([0, 0]);
  });

  it('waits until an equal one has gone that is just let go of, which would take it along', async () => {
    let go = (): void => {};
    const going = new Promise<void>((resolve) => {
      go = resolve;
    });
    const leaving = held({ plan: `again ${number}`, release: () => going });
    await frameBegun(leaving.kept);
    const over = stagesOver(leaving.kept.stages);
    let isBegun = false;
    const next = held({ plan: `again ${number}` });
    const begun = frameBegun(next.kept).then(() => {
      isBegun = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isBegun).toBe(false);
    go();
    await Promise.all([over, begun]);
    expect(next.released()).toBe(0);
    await stagesOver(next.kept.stages);
  });

  it('waits for an equal one that goes no longer than somebody waits for it, and holds nothing then', async () => {
    let go = (): void => {};
    const going = new Promise<void>((resolve) => {
      go = resolve;
    });
    const leaving = held({ plan: `given up ${number}`, release: () => going });
    await frameBegun(leaving.kept);
    const over = stagesOver(leaving.kept.stages);
    const given = new AbortController();
    const next = held({ plan: `given up ${number}` });
    const begun = frameBegun(next.kept, given.signal);
    given.abort(new Error('enough'));
    await expect(begun).rejects.toMatchObject({ code: 'CANCELLED', cause: { message: 'enough' } });
    go();
    await over;
    const last = held({ plan: `given up ${number}` });
    await frameBegun(last.kept, new AbortController().signal);
    await stagesOver(last.kept.stages);
    expect([next.released(), last.released()]).toEqual([0, 1]);
  });
});
