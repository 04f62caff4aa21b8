// Owns a recording of what an XState inspector is told: actors by their ids, the states they went through, and whether
// anything was among it that does not belong into an inspector.
import type { InspectionEvent } from 'xstate';

export interface SeenActor {
  readonly sessionId: string;
  readonly id: string;
  /** Id of its chart, or for actors without one the id they were invoked under. */
  readonly kind: string;
  readonly parentId: string | undefined;
  /** Its states in the order of their first sight, nested ones joined: `up_busy`; each change once. */
  readonly states: string[];
  status: string;
  /** Children now, and the most there were at once. */
  children: number;
  mostChildren: number;
}

export interface Seen {
  readonly inspect: (event: InspectionEvent) => void;
  /** By session id. */
  readonly actors: Map<string, SeenActor>;
  /** Session ids in the order in which actors were announced. */
  readonly announced: string[];
  /** What was told of actors that had not been announced. */
  readonly strangers: string[];
  readonly rootIds: Set<string>;
  /** Where bytes or deep structures were found. */
  readonly tooBig: string[];
  /** Characters of the largest event or context as JSON. */
  readonly largestJson: number;
}

/** What is read of an actor; remote ones are stand-ins with no more than this. */
interface Ref {
  readonly sessionId: string;
  readonly id: string;
  readonly _parent?: { readonly sessionId: string } | undefined;
  readonly logic?: { readonly config?: { readonly id?: string } };
}

interface Shot {
  readonly status: string;
  readonly value?: unknown;
  readonly children?: Readonly<Record<string, unknown>>;
}

export function seen(): Seen {
  const actors = new Map<string, SeenActor>();
  const announced: string[] = [];
  const strangers: string[] = [];
  const rootIds = new Set<string>();
  const tooBig: string[] = [];
  let largestJson = 0;

  const weigh = (what: string, data: unknown): void => {
    const problem = bigIn(data, what, new Set());
    if (problem !== undefined) tooBig.push(problem);
    else largestJson = Math.max(largestJson, JSON.stringify(data, withoutActors)?.length ?? 0);
  };

  const announce = (ref: Ref): void => {
    announced.push(ref.sessionId);
    actors.set(ref.sessionId, {
      sessionId: ref.sessionId,
      id: ref.id,
      kind: ref.logic?.config?.id ?? ref.id,
      parentId: ref._parent?.sessionId,
      states: [],
      status: 'active',
      children: 0,
      mostChildren: 0,
    });
  };

  const show = (actor: SeenActor, shot: Shot): void => {
    actor.status = shot.status;
    for (const state of statesOf(shot.value)) if (actor.states.at(-1) !== state) actor.states.push(state);
    actor.children = Object.keys(shot.children ?? {}).length;
    actor.mostChildren = Math.max(actor.mostChildren, actor.children);
  };

  return {
    actors,
    announced,
    strangers,
    rootIds,
    tooBig,
    get largestJson() {
      return largestJson;
    },
    inspect(event) {
      // Inspection types promise whole actors and snapshots; remote ones have what is read here.
      const ref = event.actorRef as unknown as Ref;
      rootIds.add(event.rootId);
      if (event.type === '@xstate.actor') announce(ref);
      const actor = actors.get(ref.sessionId);
      if (actor === undefined) strangers.push(`${event.type} ${ref.sessionId} ${ref.id}`);
      if ('event' in event) weigh(`event of ${ref.id}`, event.event);
      if (event.type === '@xstate.action') weigh(`action of ${ref.id}`, event.action.params);
      if (event.type !== '@xstate.snapshot') return;
      // As above.
      const shot = event.snapshot as unknown as Shot;
      weigh(`snapshot of ${ref.id}`, plainPartOf(shot));
      if (actor !== undefined) show(actor, shot);
    },
  };
}

/** A snapshot without its references to actors and to its own machine. */
function plainPartOf(shot: Shot): Record<string, unknown> {
  const left = new Set(['machine', 'children', '_nodes', '_internalQueue', 'tags']);
  return Object.fromEntries(
    Object.entries(shot).filter(([name, value]) => !left.has(name) && typeof value !== 'function'),
  );
}

/** `{ up: 'busy' }` is `up_busy`; of parallel states each is named. */
function statesOf(value: unknown, prefix = ''): string[] {
  if (typeof value === 'string') return [`${prefix}${value}`];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const below = statesOf(inner, `${prefix}${name}_`);
    return below.length === 0 ? [`${prefix}${name}`] : below;
  });
}

/** XState's own actions refer to actors; what these hold is seen in their own snapshots. */
const isActor = (data: object): boolean => 'sessionId' in data && 'getSnapshot' in data;
const withoutActors = (_: string, data: unknown): unknown =>
  typeof data === 'object' && data !== null && isActor(data) ? undefined : data;

const plainClasses: ReadonlySet<unknown> = new Set([
  Object.prototype,
  Array.prototype,
  Error.prototype,
  null,
]);
const mostItems = 1_000;

/** Where there is something that is not small plain data, if there is. */
function bigIn(data: unknown, where: string, above: Set<unknown>): string | undefined {
  if (typeof data === 'string') return data.length > 4_096 ? `${where}: a text of ${data.length}` : undefined;
  if (typeof data === 'function') return `${where}: a function`;
  if (typeof data !== 'object' || data === null || isActor(data)) return undefined;
  if (above.has(data)) return `${where}: a cycle`;
  const prototype: unknown = Object.getPrototypeOf(data);
  if (!plainClasses.has(prototype)) return `${where}: a ${data.constructor.name}`;
  const entries = Object.entries(data);
  if (entries.length > mostItems) return `${where}: ${entries.length} items`;
  const path = new Set([...above, data]);
  for (const [name, value] of entries) {
    const problem = bigIn(value, `${where}.${name}`, path);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
