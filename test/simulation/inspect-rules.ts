// Owns what an inspector sees of a run: every actor ends once, in one final state.

import type { AnyActorRef } from 'xstate';
import type { Inspector } from '../../packages/core/src/inspect/remote-inspection.js';
import type { World } from './world.js';

export function inspectorOf(world: World, process: string): Inspector {
  const ended = new Map<string, string>();
  return (event) => {
    if (event.type !== '@xstate.snapshot') return;
    const { snapshot, actorRef } = event;
    // Only actors of the run's own system are inspected, and those are always full references.
    const { sessionId, id } = actorRef as AnyActorRef;
    const value = 'value' in snapshot ? JSON.stringify(snapshot.value) : '';
    const before = ended.get(sessionId);
    if (before !== undefined && before !== `${snapshot.status} ${value}`)
      world.violate(
        'broken rule',
        `${process}: actor ${id} is ${snapshot.status} ${value} after it had ended ${before}`,
      );
    if (snapshot.status !== 'active') ended.set(sessionId, `${snapshot.status} ${value}`);
    world.trace.add(`${process} ${id} ${snapshot.status} ${value}`);
  };
}
