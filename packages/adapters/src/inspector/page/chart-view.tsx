// Owns the drawing of the chosen actor's state chart: boxes within boxes, the active ones lit.
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import { activePaths, chartOf } from '../model/chart.js';
import { pictureOfChart } from '../model/chart-picture.js';
import type { ActorView } from '../model/model.js';

export function ChartView({ actor }: { readonly actor: ActorView }): ComponentChildren {
  const { definition, value } = actor;
  const chart = useMemo(() => chartOf(definition), [definition]);
  const picture = useMemo(() => pictureOfChart(chart), [chart]);
  if (chart.states.length === 0) return <p class="hint">This actor has no states of its own.</p>;
  const lit = activePaths(value);
  const { width, height, boxes, arrows, starts } = picture;
  const litClass = (path: string): string => (lit.has(path) ? 'lit' : '');
  return (
    <div class="chart">
      {picture.isCrowded && (
        <p class="hint">Too many transitions to draw as arrows: the states say where they lead.</p>
      )}
      <svg
        viewBox={`-2 -2 ${width + 4} ${height + 4}`}
        style={{ width: `${width + 4}px`, minWidth: `${Math.min(width, Math.max(640, 0.8 * width))}px` }}
        role="img"
        aria-label="State chart"
      >
        <defs>
          <marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path class="tip" d="M0 0L8 4L0 8Z" />
          </marker>
        </defs>
        {boxes.map(({ state, x, y, width: wide, height: high, notes }) => (
          <g
            key={state.path}
            class={`state ${state.kind} ${litClass(state.path)}`}
            data-state={state.path}
            aria-current={lit.has(state.path) ? 'true' : undefined}
            transform={`translate(${x} ${y})`}
          >
            <title>{state.path}</title>
            <rect width={wide} height={high} rx="7" />
            {state.kind === 'final' && <rect x="3" y="3" width={wide - 6} height={high - 6} rx="5" />}
            <text class="name" x="10" y="17">
              {state.name}
            </text>
            {notes.map((note, index) => (
              <text key={note} x="10" y={32 + index * 13}>
                {note}
              </text>
            ))}
          </g>
        ))}
        {starts.map(({ x, y }) => (
          <circle key={`${x} ${y}`} class="start" cx={x} cy={y} r="4" />
        ))}
        {arrows.map(({ from, to, points, labels, x, y }) => (
          <g key={`${from} ${to}`} class={`arrow ${from === '' ? '' : litClass(from)}`}>
            <path d={`M${points.map((point) => `${point.x} ${point.y}`).join('L')}`} marker-end="url(#tip)" />
            {labels.map((label, index) => (
              <text key={label} x={x} y={y + (index - (labels.length - 1) / 2) * 13 + 4}>
                {label}
              </text>
            ))}
          </g>
        ))}
      </svg>
    </div>
  );
}
