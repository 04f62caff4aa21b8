// Owns metrics for Prometheus through prom-client: a registry, and the text that is scraped.
import { PlanError } from '@tailrace/core';
import type { Registry } from 'prom-client';
import { createFactCounter } from '../metrics/count-facts.js';
import { createObservations, type Observation } from '../metrics/observations.js';
import { createSeries } from '../metrics/series.js';
import { createGuard, createObserver, type Telemetry, type TelemetryOptions } from '../observer.js';
import { loadPeer } from '../peer.js';
import { createPromInstruments } from './instruments.js';

export interface PrometheusOptions extends TelemetryOptions {
  /** Where the metrics are registered, beside those of your program. Default: a registry of its own. */
  readonly registry?: Registry | undefined;
  /** Outputs and sources that are told apart; later ones are `(other)`. Default 200. */
  readonly series?: number | undefined;
}

export interface Prometheus extends Telemetry {
  readonly registry: Registry;
  /** What a scrape is answered with, in the text format. */
  metrics(): Promise<string>;
  /** Of that answer: the header `content-type`. */
  readonly contentType: string;
}

/**
 * Metrics of runs and pools for Prometheus. One object serves any number of runs; a second one needs a registry of its own.
 * @throws PlanError when `prom-client` is not installed, an option is out of range, or the registry has these metrics already
 */
export async function prometheus(options: PrometheusOptions = {}): Promise<Prometheus> {
  const { series: mostSeries = 200 } = options;
  if (!Number.isInteger(mostSeries) || mostSeries < 0) {
    throw new PlanError(
      `The option series of prometheus() must be a whole number of at least 0, not ${mostSeries}.`,
      { operation: 'open telemetry' },
    );
  }
  const client = await loadPeer('prom-client', 'prometheus()', () => import('prom-client'));
  const registry = options.registry ?? new client.Registry();
  const guard = createGuard('Prometheus');
  const series = createSeries(mostSeries);
  const observations = createObservations(series);
  const observe = (): Iterable<Observation> => {
    let now: Iterable<Observation> = [];
    guard(() => {
      now = observations.now();
    });
    return now;
  };
  const instruments = (() => {
    try {
      return createPromInstruments(client, registry, observe);
    } catch (cause) {
      throw new PlanError(
        'prometheus() cannot register its metrics: the registry has some of that name already. Use one object for all runs, or give each a registry of its own.',
        { operation: 'open telemetry', cause },
      );
    }
  })();
  return {
    ...createObserver({
      ...options,
      guard,
      onFact: createFactCounter(series, instruments),
      onWatched: (run) => observations.watch(run),
    }),
    registry,
    metrics: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
