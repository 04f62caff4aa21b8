// Owns what tests see of the writes of Spark in a run: their states, as inspectors are told of them.
import type { Inspector } from '@tailrace/core';

export interface SparkWrites {
  readonly inspect: Inspector;
  /** `slow/0#1 executing.running`, in the order in which they were told. */
  readonly states: readonly string[];
}

/** What is read of an actor; those in other threads have no more than this. */
interface Shown {
  readonly id: string;
  readonly logic?: { readonly config?: { readonly id?: string } };
}

/** @param onState told of every new state of a write, such as `executing.running` */
export function watchSparkWrites(onState: (state: string) => void = () => {}): SparkWrites {
  const states: string[] = [];
  return {
    states,
    inspect(event) {
      // Inspection types promise more of an actor than stand-ins have.
      const ref = event.actorRef as unknown as Shown;
      if (event.type !== '@xstate.snapshot' || ref.logic?.config?.id !== 'sparkWrite') return;
      const state = stateOf(Reflect.get(event.snapshot, 'value')).replace('active.', '');
      const told = `${ref.id.replace('spark/', '')} ${state}`;
      if (states.at(-1) === told) return;
      states.push(told);
      onState(state);
    },
  };
}

function stateOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, inner]) => `${name}.${stateOf(inner)}`)
    .join();
}
