// Owns the metrics of runs as metrics of prom-client. Names and units become Prometheus' as OpenTelemetry says they should:
// "Prometheus and OpenMetrics Compatibility", units spelt out, counters ending in `_total`.
import type * as PromClient from 'prom-client';
import type { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Instruments } from '../metrics/count-facts.js';
import {
  definitionOf,
  durationBounds,
  isObserved,
  type Labels,
  type MetricDefinition,
  type MetricName,
  metricNames,
} from '../metrics/definitions.js';
import type { Observation } from '../metrics/observations.js';

/** The parts of prom-client that are used. */
export type PromApi = Pick<typeof PromClient, 'Counter' | 'Gauge' | 'Histogram'>;

/** Units by their code in UCUM; what is counted has none in a name. */
const units: Readonly<Record<string, string | undefined>> = { s: 'seconds', By: 'bytes' };

/** `tailrace.output.io` in `By`, counted: `tailrace_output_io_bytes_total`. */
export function prometheusName(
  name: string,
  { unit, kind }: Pick<MetricDefinition, 'unit' | 'kind'>,
): string {
  const parts = [name.replaceAll(/[^a-zA-Z0-9]+/g, '_')];
  const spelt = units[unit];
  if (spelt !== undefined) parts.push(spelt);
  if (kind === 'counter') parts.push('total');
  return parts.join('_');
}

/**
 * Makes the metrics and registers them.
 * @param observe what is true now; must not throw
 */
export function createPromInstruments(
  { Counter, Gauge, Histogram }: PromApi,
  registry: Registry,
  observe: () => Iterable<Observation>,
): Instruments {
  const counters = new Map<MetricName, Counter>();
  const histograms = new Map<MetricName, Histogram>();
  const registers = [registry];
  for (const metric of metricNames) {
    const definition = definitionOf(metric);
    const base = {
      name: prometheusName(metric, definition),
      help: definition.description,
      labelNames: [...definition.labels],
      registers,
    };
    if (!isObserved(metric)) {
      if (definition.kind === 'histogram')
        histograms.set(metric, new Histogram({ ...base, buckets: [...durationBounds] }));
      else counters.set(metric, new Counter(base));
    } else if (definition.kind === 'counter') {
      const counter: Counter = new Counter({
        ...base,
        collect() {
          // What is observed is a sum; prom-client only lets one add to what it has.
          counter.reset();
          for (const { value, labels } of only(metric)) counter.inc(labels, value);
        },
      });
    } else {
      const gauge: Gauge = new Gauge({
        ...base,
        collect() {
          gauge.reset();
          for (const { value, labels } of only(metric)) gauge.set(labels, value);
        },
      });
    }
  }
  function* only(metric: MetricName): Generator<Observation> {
    for (const observation of observe()) if (observation.metric === metric) yield observation;
  }
  return {
    add: (metric, value, labels: Labels) => counters.get(metric)?.inc(labels, value),
    record: (metric, seconds, labels: Labels) => histograms.get(metric)?.observe(labels, seconds),
  };
}
