import { describe, expect, it } from 'vitest';
import { createActor, SimulatedClock } from 'xstate';
import type { Crew, CrewSeen } from './crew.js';
import { createCrewMachine } from './crew.machine.js';

function startCrew() {
  const now: { -readonly [K in keyof CrewSeen]: CrewSeen[K] } = { stages: 'flowing', wanted: 3, up: true };
  let looks = 0;
  let last: Crew | undefined;
  const machine = createCrewMachine({
    see: () => {
      looks += 1;
      return now;
    },
    apply: (crew) => {
      last = crew;
    },
    lookMs: 50,
  });
  const clock = new SimulatedClock();
  const actor = createActor(machine, { input: { cores: 2, givesWay: true }, clock }).start();
  return { actor, clock, now, looks: () => looks, crew: () => last, state: () => actor.getSnapshot().value };
}

describe('the crew of an automatic pool', () => {
  it('does not look while there is nothing to write', () => {
    const { actor, clock, looks, state } = startCrew();
    clock.increment(10_000);
    expect([state(), looks()]).toEqual(['resting', 0]);
    actor.send({ type: 'crew.wanted' });
    actor.send({ type: 'crew.rested' });
    clock.increment(10_000);
    expect([state(), looks()]).toEqual(['resting', 1]);
  });

  it('looks again and again, and has a second thread when the first is not enough', () => {
    const { actor, clock, crew, looks, state } = startCrew();
    actor.send({ type: 'crew.wanted' });
    expect([state(), crew()?.places]).toEqual(['writing', 1]);
    clock.increment(49);
    expect(crew()?.places).toBe(1);
    clock.increment(1);
    expect(crew()?.places).toBe(2);
    for (let n = 0; n < 10; n += 1) clock.increment(50);
    expect(looks()).toBe(12);
  });

  it('does not wait for its next look when stages wait or are over', () => {
    const { actor, crew, now } = startCrew();
    actor.send({ type: 'crew.wanted' });
    now.stages = 'ended';
    actor.send({ type: 'stages.changed' });
    expect(crew()?.places).toBe(2);
  });
});
