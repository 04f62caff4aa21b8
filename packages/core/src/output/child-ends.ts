// Owns under which name a machine hears that a child of it has ended. It changes nothing of what the machine then does.
import type { AnyEventObject, AnyStateMachine, AnyStateNode } from 'xstate';

/** XState sends the parent of an ended actor one of these, with the actor's id behind it. */
const endPrefixes = ['xstate.done.actor.', 'xstate.error.actor.'];

/** The id is left out of the name only: the event has it as `actorId` besides. */
function byOneName(event: AnyEventObject): AnyEventObject {
  const prefix = endPrefixes.find((start) => event.type.startsWith(start));
  return prefix === undefined ? event : { ...event, type: `${prefix}child` };
}

function* descriptorsIn(node: AnyStateNode): Generator<string> {
  yield* node.transitions.keys();
  for (const child of Object.values(node.states)) yield* descriptorsIn(child);
}

/**
 * For a machine that starts child after child, each with an id of its own. XState (5.33, `StateNode.next`) keeps for each state
 * and each type of event that it has met there which transitions may follow, as long as the machine lives, and the end of a
 * child is a type of its own: a pool that is kept would remember every output and every write that there has been. So the
 * ends of all children whose end no state names come under one name.
 * @param machine is changed, and given back
 */
export function forgetChildren<M extends AnyStateMachine>(machine: M): M {
  const named = new Set(descriptorsIn(machine.root));
  const changed: AnyStateMachine = machine;
  // Bound by XState.
  const { transition } = changed;
  changed.transition = (snapshot, event: AnyEventObject, scope) =>
    transition(snapshot, named.has(event.type) ? event : byOneName(event), scope);
  return machine;
}
