// Owns the metrics of runs as instruments of OpenTelemetry. Instruments are made once, and what is observed is read when the
// reader of the SDK asks.
import type {
  Attributes,
  BatchObservableResult,
  Counter,
  Histogram,
  Meter,
  Observable,
} from '@opentelemetry/api';
import type { Instruments } from '../metrics/count-facts.js';
import {
  attributeNames,
  definitionOf,
  durationBounds,
  isObserved,
  type LabelName,
  type Labels,
  type MetricName,
  metricNames,
  type ObservedMetric,
} from '../metrics/definitions.js';
import type { Observation } from '../metrics/observations.js';

export interface MeterInstruments extends Instruments {
  /** Observes no more. */
  close(): void;
}

/** @param observe what is true now; must not throw */
export function createMeterInstruments(meter: Meter, observe: () => Iterable<Observation>): MeterInstruments {
  const counters = new Map<MetricName, Counter>();
  const histograms = new Map<MetricName, Histogram>();
  const observables = new Map<ObservedMetric, Observable>();
  for (const name of metricNames) {
    const { kind, unit, description } = definitionOf(name);
    const options = { unit, description };
    if (isObserved(name)) {
      observables.set(
        name,
        kind === 'counter'
          ? meter.createObservableCounter(name, options)
          : meter.createObservableUpDownCounter(name, options),
      );
    } else if (kind === 'histogram') {
      const advice = { explicitBucketBoundaries: [...durationBounds] };
      histograms.set(name, meter.createHistogram(name, { ...options, advice }));
    } else counters.set(name, meter.createCounter(name, options));
  }
  const collect = (result: BatchObservableResult): void => {
    for (const { metric, value, labels } of observe()) {
      const observable = observables.get(metric);
      if (observable !== undefined) result.observe(observable, value, attributesOf(labels));
    }
  };
  const all = [...observables.values()];
  meter.addBatchObservableCallback(collect, all);
  return {
    add: (metric, value, labels) => counters.get(metric)?.add(value, attributesOf(labels)),
    record: (metric, seconds, labels) => histograms.get(metric)?.record(seconds, attributesOf(labels)),
    close: () => meter.removeBatchObservableCallback(collect, all),
  };
}

function attributesOf(labels: Labels): Attributes {
  const named = Object.entries(labels).map(([label, value]) => [
    // Labels have no other names than these.
    attributeNames[label as LabelName],
    value,
  ]);
  return Object.fromEntries(named);
}
