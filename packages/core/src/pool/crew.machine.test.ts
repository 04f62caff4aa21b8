import { describe, expect, it } from 'vitest';
import { createActor, SimulatedClock } from 'xstate';
import type { Crew, CrewSeen } from './crew.js';
import { createCrewMachine } from './crew.machine.js';

function startCrew() {
  const now: { -readonly [K in keyof CrewSeen]: CrewSeen[K] } = {
    stages: 'flowing',
    idleShare: 0,
    wanted: 3,
    up: true,
  };
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
  const actor = createActor(machine, { input: { cores: 2 }, clock }).start();
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

  it('shares the cores while stages compute, and starts a second thread when the first is not enough', () => {
    const { actor, clock, crew, state } = startCrew();
    actor.send({ type: 'crew.wanted' });
    expect(state()).toEqual({ writing: 'sharing' });
    expect(crew()?.places).toBe(1);
    clock.increment(50);
    expect(crew()?.places).toBe(2);
    clock.increment(5_000);
    expect(state()).toEqual({ writing: 'sharing' });
  });

  it('has the cores to itself as soon as stages wait or are over, and gives one back as soon as they go on', () => {
    const { actor, now, state } = startCrew();
    actor.send({ type: 'crew.wanted' });
    now.stages = 'blocked';
    actor.send({ type: 'stages.changed' });
    expect(state()).toEqual({ writing: 'alone' });
    now.stages = 'flowing';
    actor.send({ type: 'stages.changed' });
    expect(state()).toEqual({ writing: 'sharing' });
    now.stages = 'ended';
    actor.send({ type: 'stages.changed' });
    expect(state()).toEqual({ writing: 'alone' });
  });

  it('finds out by itself that a main thread without stages has nothing to do', () => {
    const { actor, clock, now, state } = startCrew();
    now.stages = 'unknown';
    actor.send({ type: 'crew.wanted' });
    now.idleShare = 1;
    clock.increment(50);
    expect(state()).toEqual({ writing: 'sharing' });
    clock.increment(50);
    expect(state()).toEqual({ writing: 'alone' });
    now.idleShare = 0;
    clock.increment(50);
    clock.increment(50);
    expect(state()).toEqual({ writing: 'sharing' });
  });
});
