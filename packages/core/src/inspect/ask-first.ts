// Owns that an event which the inspector does not want costs next to nothing. XState makes each event ready for whoever may
// observe, and then asks nobody: some seventy for one write, a tenth of what a small write costs.
import type { AnyActorRef } from 'xstate';
import type { GuardedInspector } from './guard-inspector.js';
import { rootOf, type UntoldInspection } from './remote-inspection.js';

/**
 * Has the inspector asked, from now on, before events of an actor's system are told; ends that XState keeps to itself are told
 * as before. Does nothing for an inspector that wants all.
 * @param actor one of those that it inspects
 */
export function askFirst(actor: AnyActorRef, inspect: GuardedInspector): void {
  const { wants, pass } = inspect;
  if (wants === undefined) return;
  const { system } = actor;
  const rootId = rootOf(actor);
  // Found in XState 5.33: actors send events to inspectors through this function of their system, which its types leave out.
  // A version that does it in another way tells of everything, and the inspector has to leave out what it does not want.
  const send: unknown = Reflect.get(system, sender);
  if (typeof send !== 'function') return;
  Reflect.set(system, sender, (event: UntoldInspection): void => {
    if (wants(event)) send(event);
    else pass(event, rootId);
  });
}

const sender = '_sendInspectionEvent';
