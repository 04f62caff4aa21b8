// Owns that a chart crosses a thread's boundary once, not with every actor: what a thread has told of, and what was kept of it
// on this side. A chart is known by what it says, so that one object stands for it whichever threads have told of it.
import { createHash } from 'node:crypto';
import { type PlainChart, plainChart } from './plain-chart.js';

/** A chart on its way. */
export interface RemoteChart {
  /** What it is known by. Absent for one that is not kept, and so is whole each time. */
  readonly key?: string | undefined;
  /** As JSON; absent when this thread has told of it before. */
  readonly text?: string | undefined;
}

/** Bytes of charts that one thread tells once; what comes after them is told with every actor. */
const mostToldBytes = 2 ** 20;
/** Bytes of charts that are kept for all threads of a pool; actors of later ones have a chart when it comes with them. */
const mostKeptBytes = 2 ** 24;

/** The side of a thread. */
export function createToldCharts(): (config: unknown) => RemoteChart | undefined {
  // Found for machines that are made once; most sinks make theirs anew for every attempt.
  const byConfig = new WeakMap<object, RemoteChart>();
  const told = new Set<string>();
  let toldBytes = 0;
  return (config) => {
    if (typeof config !== 'object' || config === null) return undefined;
    const known = byConfig.get(config);
    if (known !== undefined) return known;
    const chart = plainChart(config);
    if (chart === undefined) return undefined;
    const text = JSON.stringify(chart);
    const key = createHash('sha256').update(text).digest('base64url');
    if (!told.has(key)) {
      if (toldBytes + text.length > mostToldBytes) return { text };
      toldBytes += text.length;
      told.add(key);
      byConfig.set(config, { key });
      return { key, text };
    }
    byConfig.set(config, { key });
    return { key };
  };
}

/** The side of the main thread. It has to see every chart that comes, also those of actors that nobody is told of. */
export function createKeptCharts(): (chart: RemoteChart) => PlainChart | undefined {
  const kept = new Map<string, PlainChart>();
  let keptBytes = 0;
  return ({ key, text }) => {
    const known = key === undefined ? undefined : kept.get(key);
    if (known !== undefined || text === undefined) return known;
    // Written by the other side of this file.
    const chart = JSON.parse(text) as PlainChart;
    if (key !== undefined && keptBytes + text.length <= mostKeptBytes) {
      keptBytes += text.length;
      kept.set(key, chart);
    }
    return chart;
  };
}
