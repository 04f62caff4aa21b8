import { describe, expect, it, vi } from 'vitest';
import type { PlainError } from '../errors/plain-error.js';
import { TailraceError } from '../errors/tailrace-error.js';
import type { Group } from '../sink/group.js';
import { type CommitGroup, createCommitGroup } from './commit-group.js';
import { deferred } from './deferred.js';

const { signal } = new AbortController();
const bad: PlainError = {
  code: 'SINK_FAILED',
  status: 'permanent',
  operation: 'write',
  message: 'The disk is gone.',
  context: {},
  causes: [],
};
const names = ['a', 'b', 'flag'] as const;
const group: Group = { id: 'g-1', name: 'nightly', places: ['place of a', 'place of b', 'place of flag'] };

/** A group whose members have all begun. */
function begun(open: (group: Group) => Promise<void> = async () => undefined): CommitGroup {
  const made = createCommitGroup('nightly', 'g-1', names);
  for (const name of names) made.admit(name, { kind: 'local', place: `place of ${name}`, open });
  return made;
}
const undecided = (): Promise<void> => Promise.reject(new Error('must not be decided'));

describe('a group that commits together', () => {
  it('is opened once, for the last member, when all have begun, and knows their places in its own order', async () => {
    const open = vi.fn(async () => undefined);
    const made = createCommitGroup('nightly', 'g-1', names);
    const first = made.opened(signal);
    for (const name of names.toReversed())
      made.admit(name, {
        kind: 'local',
        place: `place of ${name}`,
        open: name === 'flag' ? open : undecided,
      });
    expect(await first).toEqual(group);
    await made.opened(signal);
    expect(open.mock.calls).toEqual([[group]]);
  });

  it('is opened again after that has failed', async () => {
    const open = vi.fn(async () => undefined).mockRejectedValueOnce(new Error('no room'));
    const made = begun(open);
    await expect(made.opened(signal)).rejects.toThrow('no room');
    expect(await made.opened(signal)).toEqual(group);
  });

  it('is decided once, when all are ready, and nobody goes on before that', async () => {
    const made = begun();
    const deciding = deferred<void>();
    const asked = deferred<void>();
    const decide = vi.fn(() => {
      asked.resolve();
      return deciding.promise;
    });
    const settled: string[] = [];
    const ready = (name: string): Promise<number> =>
      made.gather(name, name === 'flag' ? decide : undecided, signal).then(() => settled.push(name));
    const all = [ready('flag'), ready('a')];
    await Promise.resolve();
    expect(made.phase).toBe('gathering');
    expect(decide).not.toHaveBeenCalled();
    all.push(ready('b'));
    await asked.promise;
    expect(made.phase).toBe('deciding');
    expect(settled).toEqual([]);
    deciding.resolve();
    await Promise.all(all);
    expect(made.phase).toBe('decided');
    expect(decide.mock.calls).toEqual([[group]]);
  });

  it('may be decided again after a failed decision that nobody left for', async () => {
    const made = begun();
    const others = [made.gather('a', undecided, signal), made.gather('b', undecided, signal)];
    await expect(made.gather('flag', () => Promise.reject(new Error('busy')), signal)).rejects.toThrow(
      'busy',
    );
    expect(made.phase).toBe('gathering');
    await made.gather('flag', async () => undefined, signal);
    await Promise.all(others);
    expect(made.phase).toBe('decided');
  });

  it('is given up when a member leaves: the others are told because of which, itself is not', async () => {
    const made = begun();
    const told: Record<string, PlainError> = {};
    for (const name of names)
      made.enter(name, (error) => {
        told[name] = error;
      });
    const waiting = made.gather('a', undecided, signal);
    made.leave('b', bad);
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED', context: { group: 'nightly' } });
    expect(made.phase).toBe('off');
    expect(Object.keys(told).sort()).toEqual(['a', 'flag']);
    expect(told.a?.message).toBe(
      'It was not published, because it commits together with "b" (group "nightly"), which was not: The disk is gone.',
    );
    expect(told.a).toMatchObject({ code: 'SINK_FAILED', status: 'permanent', context: { because: 'b' } });
    for (const name of ['a', 'b']) made.gather(name, undecided, signal).catch(() => undefined);
    await expect(made.gather('flag', undecided, signal)).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('tells a member that is opened after another has left', async () => {
    const made = createCommitGroup('nightly', 'g-1', names);
    made.leave('a', bad);
    const fail = vi.fn();
    made.enter('b', fail);
    await Promise.resolve();
    expect(fail).toHaveBeenCalledOnce();
  });

  it('is off when its decision fails after somebody has left, and decided when it does not', async () => {
    for (const isTaken of [true, false]) {
      const made = begun();
      const deciding = deferred<void>();
      const others = [made.gather('a', undecided, signal), made.gather('b', undecided, signal)];
      const asked = deferred<void>();
      const decide = (): Promise<void> => {
        asked.resolve();
        return deciding.promise;
      };
      const last = made.gather('flag', decide, signal);
      await asked.promise;
      const told: string[] = [];
      for (const name of names) made.enter(name, () => told.push(name));
      made.leave('a', bad);
      expect(made.phase).toBe('deciding');
      if (isTaken) deciding.resolve();
      else deciding.reject(new Error('EIO'));
      const ends = await Promise.allSettled([...others, last]);
      expect(made.phase).toBe(isTaken ? 'decided' : 'off');
      // Nobody is told that none was published while it may still be decided.
      expect(new Set(ends.map(({ status }) => status))).toEqual(
        new Set([isTaken ? 'fulfilled' : 'rejected']),
      );
      expect(told).toEqual(isTaken ? [] : ['b', 'flag']);
    }
  });

  it.each([
    ['failed', false],
    ['done', true],
  ])('is given up when a member ends as %s before the decision, without a word', async (_, isPublished) => {
    const made = createCommitGroup('nightly', 'g-1', names);
    const fail = vi.fn();
    made.enter('flag', fail);
    const waiting = made.gather('b', undecided, signal);
    made.ended('a', isPublished);
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(made.phase).toBe('off');
    expect(fail).toHaveBeenCalledOnce();
  });

  it('is not given up when nobody knows whether it is decided: all of it fails with that, however often it is asked', async () => {
    const made = begun();
    const fail = vi.fn();
    for (const name of names) made.enter(name, fail);
    const unknown = new TailraceError('The disk did not say.', {
      code: 'STORE_FAILED',
      status: 'permanent',
      operation: 'decide group',
      context: { decision: 'unknown' },
    });
    const decide = vi.fn(() => Promise.reject(unknown));
    const all = names.map((name) => made.gather(name, decide, signal));
    for (const one of await Promise.allSettled(all))
      expect(one).toEqual({ status: 'rejected', reason: unknown });
    await expect(made.gather('flag', decide, signal)).rejects.toBe(unknown);
    made.leave('a', bad);
    await Promise.resolve();
    expect(made.phase).toBe('unknown');
    expect(decide).toHaveBeenCalledOnce();
    expect(fail).not.toHaveBeenCalled();
  });

  it('cannot be left any more once it is decided', async () => {
    const made = begun();
    const fail = vi.fn();
    made.enter('b', fail);
    await Promise.all(names.map((name) => made.gather(name, async () => undefined, signal)));
    made.leave('a', bad);
    await Promise.resolve();
    expect(made.phase).toBe('decided');
    expect(fail).not.toHaveBeenCalled();
  });

  it('lets the last member publish after all others, and not at all when one of them could not be', async () => {
    for (const isPublished of [true, false]) {
      const made = begun();
      let mayGo = false;
      await made.turn('a', signal);
      const turn = made.turn('flag', signal).finally(() => {
        mayGo = true;
      });
      made.ended('a', true);
      await Promise.resolve();
      expect(mayGo).toBe(false);
      made.ended('b', isPublished, isPublished ? undefined : bad);
      if (isPublished) await turn;
      else
        await expect(turn).rejects.toMatchObject({
          code: 'STORE_FAILED',
          status: 'permanent',
          message: expect.stringMatching(new RegExp(`"b" could not be.*${bad.message}`)),
        });
    }
  });

  it('refuses members of two kinds of stores', () => {
    const made = createCommitGroup('nightly', 'g-1', names);
    const member = { place: 'here', open: async () => undefined };
    made.admit('a', { ...member, kind: 'local' });
    expect(() => made.admit('b', { ...member, kind: 's3' })).toThrow(
      expect.objectContaining({ code: 'PLAN_INVALID', message: expect.stringContaining('"b" (s3)') }),
    );
  });

  it('keeps nobody whose signal is aborted', async () => {
    const made = createCommitGroup('nightly', 'g-1', names);
    const gone = AbortSignal.abort(new Error('no more'));
    await expect(made.opened(gone)).rejects.toThrow('no more');
    await expect(made.gather('a', undecided, gone)).rejects.toThrow('no more');
    await expect(made.gather('flag', undecided, gone)).rejects.toThrow('no more');
    await expect(made.turn('flag', gone)).rejects.toThrow('no more');
  });
});
