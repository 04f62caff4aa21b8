// Owns the Gantt chart: a lane per worker, per output and for the main thread, drawn on a canvas so that ten thousand
// spans stay quick, and only as far as they are in sight. Spans of a lane that overlap lie in tracks of it. A table beneath
// says the same in numbers.
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { labelOf, lanesOf, laneTimesOf } from '../model/gantt.js';
import type { Model, Span } from '../model/model.js';
import { duration } from './format.js';
import { colourOf, type Drawn, doings, drawGantt, heightOf, mostHeight, spanAt } from './gantt-canvas.js';

export interface GanttProps {
  readonly model: Model;
  readonly choose: (id: string) => void;
}

export function GanttView({ model, choose }: GanttProps): ComponentChildren {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const drawn = useRef<Drawn>();
  const [hovered, setHovered] = useState<Span>();
  const lanes = useMemo(() => lanesOf(model), [model.spans, model.openSpans]);
  const [turn, setTurn] = useState(0);
  const [isOpen, setOpen] = useState(false);

  useEffect(() => {
    // A canvas takes no colours and no width from the style sheet: it is drawn again when those change.
    const again = (): void => setTurn((last) => last + 1);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', again);
    addEventListener('resize', again);
    return () => {
      scheme.removeEventListener('change', again);
      removeEventListener('resize', again);
    };
  }, []);
  const draw = (): void => {
    if (canvas.current === null) return;
    drawn.current = drawGantt(canvas.current, lanes, model, scroller.current?.scrollTop);
  };
  // In the frame in which the rest is drawn: one that comes after it costs as much again.
  useLayoutEffect(draw, [lanes, model.from, model.to, turn]);

  const under = (event: MouseEvent): Span | undefined =>
    drawn.current === undefined ? undefined : spanAt(drawn.current, event.offsetX, event.offsetY);
  const seen = useMemo(() => doingsIn(lanes), [lanes]);
  return (
    <div class="gantt">
      <ul class="legend">
        {doings.map(([name, meaning]) => (
          <li key={name} class={seen.has(name) ? '' : 'unseen'} title={meaning}>
            <i style={{ background: colourOf(name) }} />
            {name}
          </li>
        ))}
      </ul>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached without a mouse */}
      <div ref={scroller} class="lanes" style={{ maxHeight: mostHeight }} tabIndex={0} onScroll={draw}>
        <div style={{ height: heightOf(lanes) }}>
          <canvas
            ref={canvas}
            role="img"
            aria-label="What each worker did, over time"
            onMouseMove={(event) => setHovered(under(event))}
            onMouseLeave={() => setHovered(undefined)}
            onClick={(event) => {
              const span = under(event);
              if (span !== undefined) choose(span.id);
            }}
          />
        </div>
      </div>
      <p class="hint hovered">
        {hovered === undefined
          ? 'Point at a bar to read it, click it to see its actor.'
          : `${labelOf(hovered.lane)} · ${hovered.doing} ${hovered.name} · from ${duration(hovered.from - model.from)} for ${duration((hovered.to ?? model.to) - hovered.from)}${hovered.to === undefined ? ' so far' : ''}`}
      </p>
      <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>The same in numbers</summary>
        {isOpen && <Times model={model} lanes={lanes} />}
      </details>
    </div>
  );
}

function doingsIn(lanes: ReturnType<typeof lanesOf>): ReadonlySet<string> {
  const seen = new Set<string>();
  for (const { tracks, beyond } of lanes)
    for (const track of [...tracks, beyond]) for (const { doing } of track) seen.add(doing);
  return seen;
}

interface TimesProps {
  readonly model: Model;
  readonly lanes: ReturnType<typeof lanesOf>;
}

function Times({ model, lanes }: TimesProps): ComponentChildren {
  const times = useMemo(() => laneTimesOf(lanes, model.to), [lanes, model.to]);
  const labels = new Map(lanes.map(({ name, label }) => [name, label]));
  return (
    <table>
      <thead>
        <tr>
          <th>lane</th>
          <th>what</th>
          <th>times</th>
          <th>in all</th>
        </tr>
      </thead>
      <tbody>
        {times.map(({ lane, doing, spans, ms }) => (
          <tr key={`${lane} ${doing}`} data-lane={lane} data-doing={doing} data-spans={spans} data-ms={ms}>
            <td>{labels.get(lane)}</td>
            <td>{doing}</td>
            <td>{spans}</td>
            <td>{duration(ms)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
