// Owns the plots of throughput and memory over time.
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import UPlot, { type AlignedData } from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Model } from '../model/model.js';
import { seriesOf } from '../model/series.js';
import { timeLabel, timeSteps } from '../model/time-axis.js';
import { brief } from './format.js';

interface PlotProps {
  readonly title: string;
  /** Seconds at the right edge, the same for all plots. */
  readonly until: number;
  readonly labels: readonly string[];
  readonly colours: readonly string[];
  readonly data: AlignedData;
}

function Plot({ title, labels, colours, data, until }: PlotProps): ComponentChildren {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>();
  const right = useRef(until);
  right.current = Math.max(0.001, until);
  // Before the frame is drawn: one that comes after it costs as much again.
  useLayoutEffect(() => {
    const parent = place.current;
    if (parent === null) return;
    // Asked for each time it draws: light and dark change while the page is open.
    const ink = (): string => getComputedStyle(parent).color;
    const axis = {
      stroke: ink,
      grid: { stroke: '#94a3b833' },
      ticks: { stroke: '#94a3b833' },
      font: '11px system-ui',
    };
    const made = new UPlot(
      {
        width: parent.clientWidth,
        height: 130,
        legend: { show: false },
        scales: {
          x: { time: false, range: () => [0, right.current] },
          y: { range: (_, __, most) => [0, Math.max(1, most * 1.1)] },
        },
        axes: [
          {
            ...axis,
            size: 26,
            space: 60,
            incrs: seconds,
            values: (_, ticks) => ticks.map((tick) => timeLabel(1_000 * tick, 1_000 * right.current)),
          },
          { ...axis, size: 52, values: (_, ticks) => ticks.map(brief) },
        ],
        series: [
          {},
          ...labels.map((label, index) => ({
            label,
            stroke: colours[index] ?? '#64748b',
            width: 1.5,
            points: { show: false },
            ...(label.endsWith('mark') ? { dash: [6, 4] } : { fill: `${colours[index] ?? '#64748b'}22` }),
          })),
        ],
      },
      data,
      parent,
    );
    plot.current = made;
    const onResize = (): void => made.setSize({ width: parent.clientWidth, height: 130 });
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const onScheme = (): void => made.redraw();
    scheme.addEventListener('change', onScheme);
    addEventListener('resize', onResize);
    return () => {
      scheme.removeEventListener('change', onScheme);
      removeEventListener('resize', onResize);
      made.destroy();
    };
    // Made once for its labels; data follows below.
  }, [labels, colours]);
  useLayoutEffect(() => plot.current?.setData(data), [data]);
  return (
    <figure>
      <figcaption>
        {title}
        {labels.map((label, index) => (
          <span key={label}>
            <i style={{ background: colours[index] ?? '' }} />
            {label}
          </span>
        ))}
      </figcaption>
      <div ref={place} />
    </figure>
  );
}

/** Between two marks of the axis of time. */
const seconds = timeSteps.map((ms) => ms / 1_000);
const rowLabels = ['rows/s'];
const rowColours = ['#10b981'];
const queueLabels = ['held', 'high-water mark', 'low-water mark'];
const queueColours = ['#3b82f6', '#ef4444', '#f59e0b'];
const writtenLabels = ['MiB/s'];
const writtenColours = ['#06b6d4'];
const memoryLabels = ['resident'];
const memoryColours = ['#8b5cf6'];

export function PlotsView({ model }: { readonly model: Model }): ComponentChildren {
  const { from, to, progress } = model;
  const { seconds, rows, written, held, high, low, memory } = useMemo(
    () => seriesOf(progress, from),
    [progress, from],
  );
  const rates = useMemo((): AlignedData => [seconds, rows], [seconds, rows]);
  const queue = useMemo((): AlignedData => [seconds, held, high, low], [seconds, held, high, low]);
  const bytes = useMemo((): AlignedData => [seconds, written], [seconds, written]);
  const resident = useMemo((): AlignedData => [seconds, memory], [seconds, memory]);
  const until = (to - from) / 1_000;
  return (
    <div class="plots">
      <Plot
        title="Rows into outputs, per second"
        labels={rowLabels}
        colours={rowColours}
        data={rates}
        until={until}
      />
      <Plot
        title="Queue: MiB held for writers"
        labels={queueLabels}
        colours={queueColours}
        data={queue}
        until={until}
      />
      <Plot
        title="Encoded bytes, MiB per second"
        labels={writtenLabels}
        colours={writtenColours}
        data={bytes}
        until={until}
      />
      <Plot
        title="Memory of the process, MiB"
        labels={memoryLabels}
        colours={memoryColours}
        data={resident}
        until={until}
      />
    </div>
  );
}
