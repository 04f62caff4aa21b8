// Owns a state chart as a list of states with their transitions, read from the definition that came with an actor. Pure:
// a definition of any shape gives some list, never an error.
import type { Plain } from '../stream/message.js';

export interface ChartState {
  /** Names from the root, joined by dots: `up.busy`. */
  readonly path: string;
  /** Path of the state around it; empty at the top. Names may have dots of their own. */
  readonly parent: string;
  readonly name: string;
  readonly depth: number;
  readonly kind: string;
  /** It is entered first among its siblings. */
  readonly isInitial: boolean;
  readonly transitions: readonly ChartTransition[];
}

export interface ChartTransition {
  readonly on: string;
  /** As the definition says it. */
  readonly to: string;
  /** Path of the state it leads to; undefined where there is no such state. */
  readonly target: string | undefined;
}

export interface Chart {
  /** In the order of the definition, each before those within it. */
  readonly states: readonly ChartState[];
  /** What leads out of any state: transitions of the machine as a whole. */
  readonly anywhere: readonly ChartTransition[];
}

/** States of one chart that are shown. */
const mostStates = 400;

export function chartOf(definition: string): Chart {
  let config: unknown;
  try {
    config = JSON.parse(definition);
  } catch {
    // Another app's definition may be cut or strange; it is an actor without a chart then.
    return { states: [], anywhere: [] };
  }
  const found: {
    readonly path: string;
    readonly node: unknown;
    readonly state: Omit<ChartState, 'transitions'>;
  }[] = [];
  const ids = new Map<string, string>();
  const note = (node: unknown, path: string): void => {
    const id = field(node, 'id');
    if (typeof id === 'string') ids.set(id, path);
  };
  note(config, '');
  const walk = (node: unknown, path: string, depth: number): void => {
    for (const [name, inner] of entriesOf(field(node, 'states'))) {
      if (found.length >= mostStates) return;
      const own = path === '' ? name : `${path}.${name}`;
      const said = field(inner, 'type');
      const kind = typeof said === 'string' ? said : '';
      const isInitial = field(node, 'initial') === name;
      found.push({
        path: own,
        node: inner,
        state: { path: own, parent: path, name, depth, kind, isInitial },
      });
      note(inner, own);
      walk(inner, own, depth + 1);
    }
  };
  walk(config, '', 0);
  const paths = new Set(found.map(({ path }) => path));
  const resolved = (node: unknown, path: string): readonly ChartTransition[] =>
    transitionsOf(node).map(({ on, to }) => {
      const target = targetOf(to, path, ids);
      return { on, to, target: paths.has(target) ? target : undefined };
    });
  return {
    states: found.map(({ path, node, state }) => ({ ...state, transitions: resolved(node, path) })),
    anywhere: resolved(config, ''),
  };
}

/** Path that a target stands for: `#id.below`, `.child`, or a sibling. */
function targetOf(to: string, from: string, ids: ReadonlyMap<string, string>): string {
  const joined = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);
  if (to.startsWith('.')) return joined(from, to.slice(1));
  if (!to.startsWith('#')) return from === '' ? to : joined(from.split('.').slice(0, -1).join('.'), to);
  const [id = '', ...below] = to.slice(1).split('.');
  return joined(ids.get(id) ?? '', below.join('.')).replace(/\.$/, '');
}

/** Paths of the states that a state value stands for, with those around them. */
export function activePaths(value: Plain | undefined, path = ''): ReadonlySet<string> {
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
  if (typeof value === 'string') return new Set([at(value)]);
  const paths = new Set<string>();
  for (const [name, inner] of entriesOf(value)) {
    paths.add(at(name));
    // Values of entries of plain data are plain data.
    for (const below of activePaths(inner as Plain, at(name))) paths.add(below);
  }
  return paths;
}

function transitionsOf(node: unknown): { readonly on: string; readonly to: string }[] {
  const found: { readonly on: string; readonly to: string }[] = [];
  const add = (on: string, said: unknown): void => {
    for (const each of Array.isArray(said) ? said : [said]) {
      const target = typeof each === 'string' ? each : field(each, 'target');
      for (const to of Array.isArray(target) ? target : [target]) {
        if (typeof to === 'string') found.push({ on, to });
      }
    }
  };
  for (const [on, said] of entriesOf(field(node, 'on'))) add(on, said);
  for (const [delay, said] of entriesOf(field(node, 'after'))) add(`after ${delay}`, said);
  add('at once', field(node, 'always'));
  const invoked = field(node, 'invoke');
  for (const actor of Array.isArray(invoked) ? invoked : [invoked]) {
    const id = field(actor, 'id') ?? field(actor, 'src');
    const who = typeof id === 'string' ? id : 'actor';
    add(`done: ${who}`, field(actor, 'onDone'));
    add(`failed: ${who}`, field(actor, 'onError'));
  }
  return found;
}

const field = (node: unknown, name: string): unknown =>
  typeof node === 'object' && node !== null && Object.hasOwn(node, name)
    ? Reflect.get(node, name)
    : undefined;

const entriesOf = (node: unknown): [string, unknown][] =>
  typeof node === 'object' && node !== null && !Array.isArray(node) ? Object.entries(node) : [];
