// Owns the actor tree as rows, children below their parents, filtered by text. Pure.
import type { ActorView } from './model.js';

export interface TreeRow {
  readonly actor: ActorView;
  readonly depth: number;
}

export interface TreeOptions {
  readonly filter?: string;
  readonly alive?: boolean;
  readonly machines?: boolean;
}

/**
 * @param filter letters that a row's name or state has, in any case; those around a row that fits stay
 * @param alive leave out what has ended
 * @param machines leave out actors without states of their own
 */
export function treeOf(
  actors: ReadonlyMap<string, ActorView>,
  { filter = '', alive = false, machines = false }: TreeOptions = {},
): readonly TreeRow[] {
  const below = new Map<string | undefined, ActorView[]>();
  for (const actor of actors.values()) {
    // One whose parent is forgotten, or is itself, stands at the top.
    const known = actor.parentId !== undefined && actor.parentId !== actor.id && actors.has(actor.parentId);
    const parent = known ? actor.parentId : undefined;
    const siblings = below.get(parent);
    if (siblings === undefined) below.set(parent, [actor]);
    else siblings.push(actor);
  }
  const wanted = filter.trim().toLowerCase();
  const fits = (actor: ActorView): boolean => wanted === '' || wordsOf(actor).includes(wanted);
  const rows: TreeRow[] = [];
  const seen = new Set<string>();
  const walk = (parent: string | undefined, depth: number): boolean => {
    let isShown = false;
    for (const actor of below.get(parent) ?? []) {
      if (seen.has(actor.id)) continue;
      seen.add(actor.id);
      const at = rows.length;
      rows.push({ actor, depth });
      const hasChild = walk(actor.id, depth + 1);
      const isLeftOut = (alive && actor.status !== 'active') || (machines && !actor.isMachine);
      if (hasChild || (fits(actor) && !isLeftOut)) isShown = true;
      else rows.length = at;
    }
    return isShown;
  };
  walk(undefined, 0);
  return rows;
}

/** By snapshot, of which an actor has another one whenever its state changes: the filter asks with every key, of every actor. */
const known = new WeakMap<object, string>();

/** What the filter looks through. */
function wordsOf({ name, snapshot, status, value }: ActorView): string {
  const of = typeof snapshot === 'object' && snapshot !== null ? snapshot : undefined;
  let state = of === undefined ? undefined : known.get(of);
  if (state === undefined) {
    state = `${status} ${JSON.stringify(value ?? '')}`.toLowerCase();
    if (of !== undefined) known.set(of, state);
  }
  return `${name.toLowerCase()} ${state}`;
}
