// Owns telemetry through OpenTelemetry's API: which tracer and meter, and the wiring of spans and metrics.
import type { Meter, Tracer } from '@opentelemetry/api';
import { PlanError, systemClock } from '@tailrace/core';
import { createFactCounter } from '../metrics/count-facts.js';
import { createObservations, type Observation } from '../metrics/observations.js';
import { createSeries } from '../metrics/series.js';
import { createGuard, createObserver, type Telemetry, type TelemetryOptions } from '../observer.js';
import { loadPeer } from '../peer.js';
import { createMeterInstruments } from './instruments.js';
import { createOpenSpans } from './open-spans.js';
import { createRunSpans } from './spans.js';

export interface OpenTelemetryOptions extends TelemetryOptions {
  /** Default: that of the global provider, named `tailrace`. False: no spans. */
  readonly tracer?: Tracer | false | undefined;
  /** Default: that of the global provider, named `tailrace`. False: no metrics. */
  readonly meter?: Meter | false | undefined;
  /** Writes of each output that have spans, and as many of those that meet trouble; the rest are counted. Default 200. */
  readonly writes?: number | undefined;
  /** Outputs and sources that metrics tell apart; later ones are `(other)`. Default 200. */
  readonly series?: number | undefined;
}

export interface OpenTelemetry extends Telemetry {
  /** Ends spans that are open, and is silent from then on. The providers are yours: flush and shut down those yourself. */
  close(): void;
}

/**
 * Spans and metrics of runs and pools, for the SDK that the program has set up. Spans of a run are children of the span that is active
 * where the run is started. Without an SDK nothing is told, and little is done.
 * @throws PlanError when `@opentelemetry/api` is not installed, or an option is out of range
 */
export async function opentelemetry(options: OpenTelemetryOptions = {}): Promise<OpenTelemetry> {
  const { writes: mostWrites = 200, series: mostSeries = 200, clock = systemClock } = options;
  checkCount('writes', mostWrites);
  checkCount('series', mostSeries);
  const api = await loadPeer('@opentelemetry/api', 'opentelemetry()', () => import('@opentelemetry/api'));
  const tracer = options.tracer ?? api.trace.getTracer('tailrace');
  const meter = options.meter ?? api.metrics.getMeter('tailrace');
  const guard = createGuard('OpenTelemetry');
  const series = createSeries(mostSeries);
  const observations = createObservations(series);
  const spans = tracer === false ? undefined : createOpenSpans(api, tracer);
  const runs = spans === undefined ? undefined : createRunSpans(spans, mostWrites);
  const observe = (): Iterable<Observation> => {
    let now: Iterable<Observation> = [];
    guard(() => {
      now = observations.now();
    });
    return now;
  };
  const instruments = meter === false ? undefined : createMeterInstruments(meter, observe);
  const counted = instruments === undefined ? undefined : createFactCounter(series, instruments);
  let isClosed = false;

  const observer = createObserver({
    ...options,
    guard,
    onFact(fact) {
      if (isClosed) return;
      // What fails in one does not keep the other from being told.
      guard(() => runs?.onFact(fact));
      guard(() => counted?.(fact));
    },
    onWatched(run) {
      runs?.expectReport(run.actor.sessionId);
      return instruments === undefined ? undefined : observations.watch(run);
    },
  });
  return {
    ...observer,
    close() {
      if (isClosed) return;
      isClosed = true;
      guard(() => spans?.endAll(clock.wallTime()));
      guard(() => instruments?.close());
    },
  };
}

function checkCount(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 0) return;
  throw new PlanError(
    `The option ${name} of opentelemetry() must be a whole number of at least 0, not ${value}.`,
    { operation: 'open telemetry' },
  );
}
