// Owns where the boxes and arrows of a state chart lie: states within their parent, parallel ones below each other. Pure.
// The places within one parent come from dagre; an arrow between states of different parents is drawn between those of
// their ancestors that are siblings.
import { Graph, layout } from '@dagrejs/dagre';
import type { Chart, ChartState } from './chart.js';

export interface ChartBox {
  readonly state: ChartState;
  /** Its upper left corner. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Events that change nothing of where it is, or lead to where nothing is drawn. */
  readonly notes: readonly string[];
}
export interface ChartArrow {
  readonly from: string;
  readonly to: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly labels: readonly string[];
  /** Middle of the labels. */
  readonly x: number;
  readonly y: number;
}
export interface ChartPicture {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly ChartBox[];
  readonly arrows: readonly ChartArrow[];
  /** Where a chart or a state begins. */
  readonly starts: readonly { readonly x: number; readonly y: number }[];
  /** There are too many arrows to draw: what leads where is among the notes. */
  readonly isCrowded: boolean;
}

/** Measures in pixels, for a font of 11 pixels. */
const letter = 6.4;
const line = 13;
const head = 24;
const margin = 10;
const mostLabels = 4;
/**
 * Arrows of one chart. A layout takes more than the square of their number, and the page stands still meanwhile:
 * on a loaded machine 150 took 1.4 s, 300 took 3 s and 1,000 half a minute.
 */
const mostArrows = 100;
/** In pixels: in the place that it has on the page, the texts of a wider picture would be too small to read. */
const comfortableWidth = 1_000;
/** Of charts with more arrows one layout is made, however wide. */
const mostArrowsTwice = 40;

const isWithin = (path: string, outer: string): boolean =>
  outer === '' || path === outer || path.startsWith(`${outer}.`);
const widest = (texts: readonly string[]): number =>
  Math.max(0, ...texts.map((text) => text.length)) * letter;

/** Stands for whatever state the actor is in, where the machine as a whole has transitions. */
const anyState = 'any state';

export function pictureOfChart({ states: declared, anywhere }: Chart): ChartPicture {
  const leading = anywhere.filter(({ target }) => target !== undefined);
  const any: ChartState = {
    path: anyState,
    parent: '',
    name: anyState,
    depth: 0,
    kind: 'any',
    isInitial: false,
    transitions: leading,
  };
  const states = leading.length === 0 ? declared : [...declared, any];
  const below = new Map<string, ChartState[]>();
  for (const state of states) {
    const siblings = below.get(state.parent);
    if (siblings === undefined) below.set(state.parent, [state]);
    else siblings.push(state);
  }
  const along: Placing = { below, all: states, direction: 'LR', arrowsLeft: mostArrows };
  const wide = place('', false, along);
  if (wide.width <= comfortableWidth || wide.arrows.length > mostArrowsTwice) return wide;
  const high = place('', false, { ...along, direction: 'TB', arrowsLeft: mostArrows });
  return high.width < wide.width ? high : wide;
}

/** What the places within one chart share. */
interface Placing {
  readonly below: ReadonlyMap<string, readonly ChartState[]>;
  readonly all: readonly ChartState[];
  /** Arrows lead from left to right, or from top to bottom. */
  readonly direction: 'LR' | 'TB';
  arrowsLeft: number;
}

function place(parent: string, isParallel: boolean, placing: Placing): ChartPicture {
  const children = placing.below.get(parent) ?? [];
  if (children.length === 0)
    return { width: 0, height: 0, boxes: [], arrows: [], starts: [], isCrowded: false };
  const labelled = isParallel ? [] : arrowsBetween(children, parent, placing.all);
  const isGrid = labelled.length > placing.arrowsLeft;
  if (!isGrid) placing.arrowsLeft -= labelled.length;
  const sized = children.map((state) => {
    const inner = place(state.path, state.kind === 'parallel', placing);
    const notes = notesOf(state, isGrid);
    const text = Math.max(state.name.length * 7.6 + 8, widest(notes) + 4);
    const width = Math.max(64, text + 2 * margin, inner.width === 0 ? 0 : inner.width + 2 * margin);
    const body = notes.length * line + (inner.height === 0 ? 0 : inner.height + margin);
    return { state, inner, notes, width, height: head + body + (body === 0 ? 6 : 4) };
  });
  type Sized = (typeof sized)[number];

  const isCrowded = isGrid || sized.some(({ inner }) => inner.isCrowded);
  const boxes: ChartBox[] = [];
  const arrows: ChartArrow[] = [];
  const starts: { x: number; y: number }[] = [];
  const put = ({ state, inner, notes, width, height }: Sized, x: number, y: number): void => {
    boxes.push({ state, x, y, width, height, notes });
    const left = x + margin;
    const top = y + head + notes.length * line;
    const moved = <P extends { readonly x: number; readonly y: number }>(point: P): P => ({
      ...point,
      x: point.x + left,
      y: point.y + top,
    });
    boxes.push(...inner.boxes.map(moved));
    arrows.push(
      ...inner.arrows.map((arrow) => ({
        ...moved(arrow),
        points: arrow.points.map((point) => moved(point)),
      })),
    );
    starts.push(...inner.starts.map(moved));
  };

  if (isParallel) {
    let y = 0;
    for (const each of sized) {
      put(each, 0, y);
      y += each.height + margin;
    }
    const width = Math.max(...sized.map((each) => each.width));
    return { width, height: Math.max(0, y - margin), boxes, arrows, starts, isCrowded };
  }
  if (isGrid) {
    const columns = Math.ceil(Math.sqrt(sized.length));
    const wide = Math.max(...sized.map((each) => each.width)) + margin;
    let y = 0;
    for (let first = 0; first < sized.length; first += columns) {
      const row = sized.slice(first, first + columns);
      row.forEach((each, column) => {
        put(each, column * wide, y);
      });
      y += Math.max(...row.map((each) => each.height)) + margin;
    }
    return { width: columns * wide - margin, height: y - margin, boxes, arrows, starts, isCrowded };
  }

  const drawn = new Graph();
  drawn.setGraph({
    rankdir: placing.direction,
    nodesep: 16,
    ranksep: 26,
    edgesep: 12,
    marginx: 4,
    marginy: 4,
  });
  // Names of states may be anything, also such as a graph uses itself: nodes are numbered.
  sized.forEach(({ width, height, state }, index) => {
    drawn.setNode(String(index), { width, height });
    if (!state.isInitial) return;
    drawn.setNode('start', { width: 8, height: 8 });
    drawn.setEdge('start', String(index), {});
  });
  for (const { from, to, labels } of labelled) {
    const shown = shorten(labels);
    drawn.setEdge(String(from), String(to), {
      labels: shown,
      width: widest(shown) + 8,
      height: shown.length * line,
      labelpos: 'c',
    });
  }
  layout(drawn);
  sized.forEach((each, index) => {
    const { x = 0, y = 0 } = drawn.node(String(index));
    put(each, x - each.width / 2, y - each.height / 2);
  });
  if (drawn.hasNode('start')) {
    const { x = 0, y = 0 } = drawn.node('start');
    starts.push({ x, y });
  }
  for (const edge of drawn.edges()) {
    const { points = [], labels = [], x = 0, y = 0 } = drawn.edge(edge);
    const name = (id: string): string => (id === 'start' ? '' : (sized[Number(id)]?.state.path ?? ''));
    arrows.push({ from: name(edge.v), to: name(edge.w), points, labels, x, y });
  }
  const { width = 0, height = 0 } = drawn.graph();
  return { width, height, boxes, arrows, starts, isCrowded };
}

interface Between {
  readonly from: number;
  readonly to: number;
  readonly labels: string[];
}

/** Transitions that lead from within one child of a parent to within another one. */
function arrowsBetween(
  children: readonly ChartState[],
  parent: string,
  all: readonly ChartState[],
): readonly Between[] {
  const found = new Map<string, Between>();
  const childWith = (path: string): number => children.findIndex((child) => isWithin(path, child.path));
  for (const { path, name, transitions } of all) {
    if (!isWithin(path, parent) || path === parent) continue;
    const from = childWith(path);
    for (const { on, target } of transitions) {
      const to = target === undefined ? -1 : childWith(target);
      if (from < 0 || to < 0 || from === to) continue;
      const key = `${from} ${to}`;
      const arrow = found.get(key) ?? { from, to, labels: [] };
      found.set(key, arrow);
      // From within, the label says from where.
      const label = children[from]?.path === path ? on : `${name}: ${on}`;
      if (!arrow.labels.includes(label)) arrow.labels.push(label);
    }
  }
  return [...found.values()];
}

/**
 * Transitions that no arrow shows: to itself, to its own children, or to where nothing is.
 * @param isAlone no arrow leads from the state, so that all of them are noted
 */
function notesOf({ path, transitions }: ChartState, isAlone: boolean): readonly string[] {
  const notes = transitions
    .map(({ on, to, target }) => {
      if (target === undefined || isWithin(target, path)) return `${on} ↻ ${to}`;
      return isAlone ? `${on} → ${to}` : '';
    })
    .filter((note) => note !== '');
  return shorten([...new Set(notes)]);
}

const shorten = (texts: readonly string[]): readonly string[] => {
  const cut = texts.map((text) => (text.length > 34 ? `${text.slice(0, 33)}…` : text));
  return cut.length <= mostLabels
    ? cut
    : [...cut.slice(0, mostLabels - 1), `and ${cut.length - mostLabels + 1} more`];
};
