// Owns the states of an automatic pool's crew: at rest while nothing is to be written, else growing while it is too small. It
// looks at the pool now and then; what it sees and does comes in from outside.
import { assign, setup } from 'xstate';
import { type Crew, type CrewLimits, type CrewSeen, decideCrew, firstCrew } from './crew.js';

export interface CrewContext extends CrewLimits {
  readonly crew: Crew;
}

export type CrewEvent =
  /** There is something to write, where there was nothing. */
  | { readonly type: 'crew.wanted' }
  /** Nothing is left to write. */
  | { readonly type: 'crew.rested' }
  /** Stages have begun to wait for memory, go on, or are over. */
  | { readonly type: 'stages.changed' };

export interface CrewEffects {
  see(): CrewSeen;
  /** Called whenever something was decided; must not throw. */
  apply(crew: Crew): void;
  /** Milliseconds between two looks. */
  readonly lookMs: number;
}

export function createCrewMachine(effects: CrewEffects) {
  return setup({
    types: { context: {} as CrewContext, events: {} as CrewEvent, input: {} as CrewLimits },
    actions: {
      look: assign({ crew: ({ context }) => decideCrew(context.crew, effects.see(), context) }),
      apply: ({ context }) => effects.apply(context.crew),
    },
    delays: { look: effects.lookMs },
  }).createMachine({
    id: 'crew',
    context: ({ input }) => ({ ...input, crew: firstCrew }),
    initial: 'resting',
    states: {
      resting: {
        tags: 'queued',
        on: { 'crew.wanted': { target: 'writing', actions: 'look' } },
      },
      writing: {
        tags: 'active',
        entry: 'apply',
        after: { look: { target: 'writing', reenter: true, actions: 'look' } },
        on: {
          'crew.rested': 'resting',
          'stages.changed': { target: 'writing', reenter: true, actions: 'look' },
        },
      },
    },
  });
}

export type CrewMachine = ReturnType<typeof createCrewMachine>;
