// Owns the states of an automatic pool's crew: at rest while nothing is to be written, else sharing the cores with the main
// thread or having them to itself. It looks at the pool now and then; what it sees and does comes in from outside.
import { assign, setup } from 'xstate';
import { type Crew, type CrewSeen, decideCrew, firstCrew } from './crew.js';

export interface CrewInput {
  readonly cores: number;
}

export interface CrewContext extends CrewInput {
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
    types: { context: {} as CrewContext, events: {} as CrewEvent, input: {} as CrewInput },
    actions: {
      look: assign({ crew: ({ context }) => decideCrew(context.crew, effects.see(), context.cores) }),
      apply: ({ context }) => effects.apply(context.crew),
    },
    guards: { isFree: ({ context }) => context.crew.free },
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
        initial: 'deciding',
        on: {
          'crew.rested': 'resting',
          'stages.changed': { target: '.deciding', actions: 'look' },
        },
        states: {
          deciding: {
            entry: 'apply',
            always: [{ guard: 'isFree', target: 'alone' }, { target: 'sharing' }],
          },
          // The main thread computes, and keeps a core.
          sharing: { after: { look: { target: 'deciding', actions: 'look' } } },
          // It waits: every core encodes.
          alone: { after: { look: { target: 'deciding', actions: 'look' } } },
        },
      },
    },
  });
}

export type CrewMachine = ReturnType<typeof createCrewMachine>;
