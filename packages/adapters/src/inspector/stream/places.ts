// Owns what names stand for at a place within a machine's definition or snapshot: for properties, or for states and events,
// whatever these are called. Pure.

/** Where a record stands. */
export type Place =
  /** Its names are those of properties. */
  | 'data'
  /** A node of a chart. */
  | 'definition'
  /** Nodes of a chart, by the names of their states. */
  | 'nodes'
  /** What leads out of a state, by events or delays. */
  | 'arrows'
  | 'snapshot'
  /** A state value: the names of states within states. */
  | 'states';

/** Fields of a chart's node, of its actions and of its actors whose names are theirs. */
const data: ReadonlySet<string> = new Set(['context', 'input', 'meta', 'output', 'params']);

export const namesProperties = (place: Place): boolean =>
  place !== 'arrows' && place !== 'nodes' && place !== 'states';

export function placeBelow(place: Place, name: string): Place {
  switch (place) {
    case 'data':
    case 'states':
      return place;
    case 'snapshot':
      return name === 'value' ? 'states' : 'data';
    case 'arrows':
    case 'nodes':
      return 'definition';
    case 'definition':
      if (name === 'states') return 'nodes';
      if (name === 'on' || name === 'after') return 'arrows';
      return data.has(name) ? 'data' : 'definition';
  }
}
