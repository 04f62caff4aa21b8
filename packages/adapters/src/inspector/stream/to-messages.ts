// Owns the translation of XState's inspection events into messages. It reads actors and never changes them.
import type { UntoldInspection } from '@tailrace/core';
import type { InspectionEvent } from 'xstate';
import type { Plain, StatelyMessage } from './message.js';
import { type CopyOptions, toPlain } from './plain.js';

/** The version of @statelyai/inspect whose messages these are: its receivers drop messages without one. */
export const messageVersion = '0.7.2';

interface SeenParent {
  readonly sessionId: string;
  readonly _parent?: SeenParent | undefined;
}

/** What is read of an actor; those in other threads are stand-ins with no more than this. */
export interface SeenRef {
  readonly sessionId: string;
  readonly id: string;
  readonly _parent?: SeenParent | undefined;
  readonly logic?:
    | { readonly config?: { readonly id?: string; readonly states?: object } | undefined }
    | undefined;
  /** It lives in another thread. */
  readonly isRemote?: boolean;
}

/** Id of its chart. Undefined for those in other threads: a sink may call its machine as we call ours. */
export const kindOf = ({ logic, isRemote }: SeenRef): string | undefined =>
  isRemote === true ? undefined : logic?.config?.id;

/** A definition is text of at most about this many levels; charts of a few hundred states fit. */
const definitionLimits: CopyOptions = { depth: 14, entries: 500, values: 20_000, from: 'definition' };
/** The JSON of a machine's definition as it is shown: cut to size, functions as their names, without credentials. */
export const definitionText = (config: unknown): string => JSON.stringify(toPlain(config, definitionLimits));
/** Machinery of a snapshot that is no state. */
const machinery: ReadonlySet<string> = new Set([
  'machine',
  '_nodes',
  '_internalQueue',
  'children',
  'historyValue',
]);

/** An actor's reference. XState's types promise a whole actor, or very little; inspectors read what stands here. */
export const seenRef = (event: UntoldInspection): SeenRef => event.actorRef as unknown as SeenRef;

/** Session id of the actor above all others. */
export function rootIdOf(ref: SeenParent): string {
  let root = ref;
  while (root._parent !== undefined) root = root._parent;
  return root.sessionId;
}

/** An event that was kept as it came, perhaps before XState had made it ready. */
export const madeReady = (event: UntoldInspection): InspectionEvent =>
  // What the one type has and the other leaves out is there now.
  ({ rootId: rootIdOf(seenRef(event)), ...event }) as InspectionEvent;

/**
 * Translates events of one process.
 * @param wallTime milliseconds since 1970
 * @returns undefined for kinds that are not exchanged: microsteps and actions
 */
export function createTranslation(
  wallTime: () => number,
  limits: CopyOptions = {},
): (event: InspectionEvent) => StatelyMessage | undefined {
  // Machines of one kind share their config object: its text is made once.
  const definitions = new WeakMap<object, string>();
  const definitionOf = ({ logic, id }: SeenRef): string => {
    const config = logic?.config;
    if (typeof config !== 'object' || config === null) return JSON.stringify({ id });
    const known = definitions.get(config);
    if (known !== undefined) return known;
    const text = definitionText(config);
    definitions.set(config, text);
    return text;
  };

  return (event) => {
    const ref = seenRef(event);
    const { sessionId } = ref;
    const base = {
      sessionId,
      rootId: event.rootId,
      createdAt: String(Math.round(wallTime())),
      id: null,
      _version: messageVersion,
    };
    switch (event.type) {
      case '@xstate.actor':
        return {
          type: event.type,
          ...base,
          name: ref.id === sessionId ? (ref.logic?.config?.id ?? ref.id) : ref.id,
          parentId: ref._parent?.sessionId,
          definition: definitionOf(ref),
          // It fires inside the constructor, before there is a snapshot; the first one follows when the actor starts.
          snapshot: { status: 'active' },
        };
      case '@xstate.event':
        return {
          type: event.type,
          ...base,
          event: toPlain(event.event, limits),
          sourceId: event.sourceRef?.sessionId,
        };
      case '@xstate.snapshot':
        return {
          type: event.type,
          ...base,
          event: toPlain(event.event, limits),
          snapshot: snapshotOf(ref, event.snapshot, limits),
        };
      default:
        return undefined;
    }
  };
}

function snapshotOf({ logic }: SeenRef, snapshot: unknown, limits: CopyOptions): Plain {
  if (snapshot === undefined || snapshot === null) return { status: 'active' };
  // Of other logic than machines a value may be anything, and have names of credentials.
  const from = logic?.config?.states === undefined ? 'data' : 'snapshot';
  return toPlain(snapshot, { ...limits, from, omit: machinery });
}
