// Owns the picture of the pipeline: sources, stages and outputs from left to right, with what passes through them now.
import { Graph, layout } from '@dagrejs/dagre';
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Model } from '../model/model.js';
import { ratesOf } from '../model/rates.js';
import type { GraphMessage, ProgressMessage } from '../stream/message.js';
import { isRecording } from './connection.js';
import { brief, bytes } from './format.js';

interface Box {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  /** Where an output goes. */
  readonly target: string | undefined;
  readonly x: number;
  readonly y: number;
}
interface Picture {
  readonly boxes: readonly Box[];
  readonly lines: readonly { readonly from: string; readonly to: string; readonly path: string }[];
  readonly width: number;
  readonly height: number;
}

const size = { width: 190, height: 58 } as const;

function pictureOf(graph: GraphMessage): Picture {
  const drawn = new Graph();
  drawn.setGraph({ rankdir: 'LR', nodesep: 10, ranksep: 56, marginx: 6, marginy: 6 });
  drawn.setDefaultEdgeLabel(() => ({}));
  for (const { name, kind } of graph.nodes) drawn.setNode(`n:${name}`, { ...size, name, kind });
  for (const { name, target } of graph.outputs) {
    drawn.setNode(`o:${name}`, { ...size, name, kind: 'output', target });
  }
  for (const { from, to } of graph.edges) drawn.setEdge(`n:${from}`, `n:${to}`);
  for (const { from, name } of graph.outputs) drawn.setEdge(`n:${from}`, `o:${name}`);
  layout(drawn);
  const { width = 0, height = 0 } = drawn.graph();
  return {
    width,
    height,
    boxes: drawn.nodes().map((id) => {
      const { name, kind, target, x = 0, y = 0 } = drawn.node(id);
      return {
        id,
        name: String(name),
        kind: String(kind),
        target: target === undefined ? undefined : String(target),
        x,
        y,
      };
    }),
    lines: drawn.edges().map((edge) => {
      const points: readonly { readonly x: number; readonly y: number }[] = drawn.edge(edge).points ?? [];
      return { from: edge.v, to: edge.w, path: smooth(points) };
    }),
  };
}

/** Through the points, with their middles as knots, so that there are no corners. */
function smooth(points: readonly { readonly x: number; readonly y: number }[]): string {
  const [first, ...rest] = points;
  const last = rest.at(-1);
  if (first === undefined || last === undefined) return '';
  const curves = rest.slice(0, -1).map(({ x, y }, index) => {
    const next = rest[index + 1] ?? last;
    const isLast = index === rest.length - 2;
    const to = isLast ? last : { x: (x + next.x) / 2, y: (y + next.y) / 2 };
    return `Q${x} ${y} ${to.x} ${to.y}`;
  });
  return `M${first.x} ${first.y}${curves.length === 0 ? `L${last.x} ${last.y}` : curves.join('')}`;
}

const notWatched = {
  live: 'No run is watched: only actors are shown. shown.watch(run, pipeline) adds its graph, its numbers and its report.',
  recording: 'No run was watched when this was recorded: only actors are shown.',
} as const;

export function GraphView({ model }: { readonly model: Model }): ComponentChildren {
  const { graph } = model;
  const picture = useMemo(() => (graph === undefined ? undefined : pictureOf(graph)), [graph]);
  // Of a run that is over nothing flows any more.
  const rates = useMemo(
    () => ratesOf(model.report === undefined ? model.progress : []),
    [model.progress, model.report],
  );
  if (picture === undefined)
    return <p class="hint">{isRecording() ? notWatched.recording : notWatched.live}</p>;
  const now = model.progress.at(-1);
  const rateOf = (id: string): number =>
    rates.get(id.startsWith('o:') ? `output:${id.slice(2)}` : `stage:${id.slice(2)}`) ?? 0;
  return (
    <div class="graph">
      <svg
        viewBox={`0 0 ${picture.width} ${picture.height}`}
        width={picture.width}
        height={picture.height}
        role="img"
        aria-label="Pipeline"
      >
        {picture.lines.map(({ from, to, path }) => (
          <path key={`${from} ${to}`} class={`edge ${rateOf(from) > 0 ? 'flows' : ''}`} d={path} />
        ))}
        {picture.boxes.map((box) => (
          <BoxView key={box.id} box={box} rate={rateOf(box.id)} now={now} />
        ))}
      </svg>
    </div>
  );
}

interface BoxProps {
  readonly box: Box;
  readonly rate: number;
  readonly now: ProgressMessage | undefined;
}

function BoxView({ box, rate, now }: BoxProps): ComponentChildren {
  const { name, kind, x, y, target } = box;
  const output = kind === 'output' ? now?.outputs.find((each) => each.name === name) : undefined;
  const stage = kind === 'output' ? undefined : now?.stages.find((each) => each.name === name);
  const rows = output?.rows ?? stage?.rows;
  const state = output?.state ?? stage?.state ?? '';
  const { totalRows } = stage ?? {};
  const share = totalRows === undefined ? undefined : Math.min(1, (rows ?? 0) / Math.max(1, totalRows));
  const retrying = output?.retrying ?? 0;
  const paused = output?.paused ?? 0;
  const waiting = paused > 0 ? 'disk full' : `${brief(retrying)} retrying`;
  return (
    <g
      class={`box ${kind} ${state} ${retrying + paused > 0 ? 'retrying' : ''}`}
      data-node={name}
      transform={`translate(${x - size.width / 2} ${y - size.height / 2})`}
    >
      <title>{target === undefined ? `${kind} ${name}` : `${name} to ${target}`}</title>
      <rect width={size.width} height={size.height} rx="8" />
      <text class="name" x="10" y="18">
        {name.length > 22 ? `${name.slice(0, 21)}…` : name}
      </text>
      <text class="fact" x="10" y="33">
        {output === undefined
          ? `${kind} ${state}`
          : `${retrying + paused > 0 ? waiting : output.kept === true ? 'kept' : state} · ${bytes(output.heldBytes)} held`}
      </text>
      {rows !== undefined && (
        <text class="fact" x="10" y="48">
          {`${brief(rows)} ${rows === 1 ? 'row' : 'rows'}${rate > 0 ? ` · ${brief(rate)}/s` : ''}${share === undefined ? '' : ` · ${Math.floor(share * 100)} %`}`}
        </text>
      )}
      {share !== undefined && (
        <rect class="share" x="10" y={size.height - 6} width={share * (size.width - 20)} height="3" />
      )}
    </g>
  );
}
