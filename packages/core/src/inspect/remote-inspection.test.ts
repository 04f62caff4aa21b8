import { describe, expect, it } from 'vitest';
import { createActor, createMachine, type InspectionEvent } from 'xstate';
import { createRemoteInspection, type RemoteInspection } from './remote-inspection.js';

/** What tests read of an event: inspection types promise more than stand-ins have. */
interface Told {
  readonly type: string;
  readonly rootId: string;
  readonly actorRef: {
    readonly sessionId: string;
    readonly logic: { readonly config?: object };
    readonly _parent?: { readonly sessionId: string };
    getSnapshot(): { readonly status: string };
  };
  readonly event?: { readonly type: string };
  readonly snapshot?: { readonly status: string };
}

const rig = () => {
  const told: Told[] = [];
  const remote = createRemoteInspection((event: InspectionEvent) => told.push(event as unknown as Told));
  const mirror = createActor(createMachine({}));
  const brief = () =>
    told.map(({ type, actorRef, snapshot }) =>
      [type.replace('@xstate.', ''), actorRef.sessionId, snapshot?.status].filter(Boolean).join(' '),
    );
  return { told, remote, mirror, brief, root: mirror.sessionId };
};
const born = (sessionId: string, parentSessionId?: string): RemoteInspection => ({
  kind: '@xstate.actor',
  sessionId,
  actorId: 'open',
  parentSessionId,
  event: undefined,
  snapshot: undefined,
});
const shot = (sessionId: string, status: string): RemoteInspection => ({
  ...born(sessionId),
  kind: '@xstate.snapshot',
  event: { type: 'moved' },
  snapshot: { status, value: undefined },
});

describe('remote inspection', () => {
  it('names actors after their root and worker, under the mirror of their attempt or under each other', () => {
    const { told, remote, mirror, root } = rig();
    remote.begin('a/0#1', mirror);
    remote.tell('a/0#1', born('w1.1/x:1'));
    remote.tell('a/0#1', born('w1.1/x:2', 'w1.1/x:1'));
    expect(
      told.map(({ rootId, actorRef }) => [rootId, actorRef.sessionId, actorRef._parent?.sessionId]),
    ).toEqual([
      [root, `${root}/w1.1/x:1`, root],
      [root, `${root}/w1.1/x:2`, `${root}/w1.1/x:1`],
    ]);
  });

  it('gives one reference per actor, which shows its last snapshot', () => {
    const { told, remote, mirror } = rig();
    remote.begin('a/0#1', mirror);
    remote.tell('a/0#1', born('w1.1/x:1'));
    expect(told[0]?.actorRef.getSnapshot().status).toBe('active');
    remote.tell('a/0#1', shot('w1.1/x:1', 'done'));
    expect(told[1]?.actorRef).toBe(told[0]?.actorRef);
    expect(told[0]?.actorRef.getSnapshot().status).toBe('done');
  });

  it('shows what was alive when its attempt ended as stopped, and nothing else', () => {
    const { remote, mirror, brief, root } = rig();
    remote.begin('a/0#1', mirror);
    remote.tell('a/0#1', born('w1.1/x:1'));
    remote.tell('a/0#1', shot('w1.1/x:1', 'done'));
    remote.tell('a/0#1', born('w1.1/x:2'));
    remote.end('a/0#1');
    expect(brief().slice(3)).toEqual([`snapshot ${root}/w1.1/x:2 stopped`]);
    remote.end('a/0#1');
    expect(brief()).toHaveLength(4);
  });

  it('asks with its mirror whether to follow an attempt, and tells nothing of one that is not followed', () => {
    const asked: unknown[] = [];
    const told: unknown[] = [];
    const remote = createRemoteInspection(
      (event) => told.push(event),
      (attempt) => asked.push(attempt) > 1,
    );
    const mirror = createActor(createMachine({}));
    expect(remote.begin('a/0#1', mirror)).toBe(false);
    remote.tell('a/0#1', born('w1.1/x:1'));
    remote.end('a/0#1');
    expect(told).toEqual([]);
    expect(remote.begin('a/0#2', mirror)).toBe(true);
    expect(asked).toEqual([mirror, mirror]);
  });

  it('drops what is told of an attempt that is not under way', () => {
    const { told, remote, mirror } = rig();
    remote.tell('a/0#1', born('w1.1/x:1'));
    remote.begin('a/0#1', mirror);
    remote.end('a/0#1');
    remote.tell('a/0#1', shot('w1.1/x:1', 'done'));
    expect(told).toEqual([]);
  });

  it('drops what is sent to an actor that has ended, which is not shown as stopped afterwards', () => {
    const { told, remote, mirror, brief, root } = rig();
    remote.begin('a/0#1', mirror);
    remote.tell('a/0#1', born('w1.1/x:1'));
    remote.tell('a/0#1', shot('w1.1/x:1', 'done'));
    remote.tell('a/0#1', { ...born('w1.1/x:1'), kind: '@xstate.event', event: { type: 'late' } });
    remote.tell('a/0#1', shot('w1.1/x:9', 'active'));
    remote.end('a/0#1');
    expect(told).toHaveLength(2);
    expect(brief().at(-1)).toBe(`snapshot ${root}/w1.1/x:1 done`);
  });

  it('has the chart of an actor whose thread sent it with one that nobody was told of', () => {
    const { told, remote, mirror } = rig();
    const text = JSON.stringify({ id: 'upload', states: {} });
    remote.tell('a/0#1', { ...born('w1.1/x:1'), chart: { key: 'k', text } });
    remote.begin('a/0#2', mirror);
    remote.tell('a/0#2', { ...born('w1.1/x:2'), chart: { key: 'k' } });
    remote.tell('a/0#2', { ...born('w1.2/x:1'), chart: { key: 'k', text } });
    expect(told[0]?.actorRef.logic.config).toEqual({ id: 'upload', states: {} });
    expect(told[1]?.actorRef.logic.config).toBe(told[0]?.actorRef.logic.config);
  });
});
