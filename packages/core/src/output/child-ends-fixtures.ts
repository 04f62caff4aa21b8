// Owns a look at what XState remembers of the events that a machine has met. For tests. Never shipped.
import type { AnyStateMachine, AnyStateNode } from 'xstate';

/**
 * Types of events that the machine remembers from now on: a state looks up its transitions for each type once, and XState keeps
 * what it found. The list grows as the machine meets new ones.
 */
export function rememberedTypes(machine: AnyStateMachine): readonly string[] {
  const types: string[] = [];
  const watch = (node: AnyStateNode): void => {
    const { transitions } = node;
    const get = transitions.get.bind(transitions);
    transitions.get = (type) => {
      // A wildcard of its own is looked up for each type that it matches.
      if (!type.endsWith('*')) types.push(type);
      return get(type);
    };
    for (const child of Object.values(node.states)) watch(child);
  };
  watch(machine.root);
  return types;
}
