import { describe, expect, it } from 'vitest';
import type { InspectionEvent } from 'xstate';
import { createLeftOut } from './left-out.js';
import { createPace } from './pace.js';

const event = (type: InspectionEvent['type'], sessionId: string, status = 'active'): InspectionEvent =>
  // No more of it is read.
  ({ type, actorRef: { sessionId }, snapshot: { status } }) as unknown as InspectionEvent;

describe('the pace', () => {
  it('of events that are sent to actors that have ended is that of one actor', () => {
    const pace = createPace(createLeftOut(), 5);
    const admitted: boolean[] = [];
    for (let n = 0; n < 20; n += 1) {
      pace.admits(event('@xstate.actor', `x:${n}`));
      expect(pace.admits(event('@xstate.snapshot', `x:${n}`, 'done'))).toBe(true);
      expect(pace.counts(`x:${n}`)).toBe(n >= 5);
      admitted.push(pace.admits(event('@xstate.event', `x:${n}`)));
    }
    expect(admitted.filter(Boolean)).toHaveLength(5);
    expect(pace.held).toBe(1);
    expect(pace.admits(event('@xstate.snapshot', 'x:0', 'stopped'))).toBe(true);
    expect(pace.release()).toEqual([]);
    expect(pace.release()).toEqual([]);
    expect(pace.held).toBe(0);
    expect(pace.admits(event('@xstate.event', 'x:0'))).toBe(true);
  });

  it('keeps the latest snapshot of an actor that has said too much, before it is made ready', () => {
    const pace = createPace(createLeftOut(), 1);
    // It is seen to be a snapshot by what it is called.
    const shot = (): InspectionEvent & { type: '@xstate.snapshot' } =>
      event('@xstate.snapshot', 'x:1') as InspectionEvent & { type: '@xstate.snapshot' };
    expect(pace.holds(shot())).toBe(false);
    pace.admits(event('@xstate.actor', 'x:1'));
    const [first, latest] = [shot(), shot()];
    expect(pace.holds(first)).toBe(true);
    expect(pace.holds(latest)).toBe(true);
    expect(pace.release()).toEqual([latest]);
    expect(pace.release()).toEqual([]);
    expect(pace.holds(shot())).toBe(false);
  });
});
