// Owns what facts add to counters and histograms. Whoever keeps these is told through `Instruments`.
import type { Fact } from '../facts/fact.js';
import type { CounterMetric, HistogramMetric, Labels } from './definitions.js';
import type { Series } from './series.js';

/** What takes numbers; one for OpenTelemetry, one for Prometheus. */
export interface Instruments {
  add(metric: CounterMetric, value: number, labels: Labels): void;
  record(metric: HistogramMetric, seconds: number, labels: Labels): void;
}

export function createFactCounter(series: Series, { add, record }: Instruments): (fact: Fact) => void {
  return (fact) => {
    const ofPipeline = series.pipeline(fact.pipeline);
    const ofOutput = (output: string): Labels => {
      const { pipeline, part } = series.part(fact.pipeline, output);
      return { pipeline, output: part };
    };
    switch (fact.type) {
      case 'run.ended': {
        const labels = { ...ofPipeline, state: fact.state };
        add('tailrace.runs', 1, labels);
        record('tailrace.run.duration', fact.durationMs / 1_000, labels);
        break;
      }
      case 'output.ended': {
        const labels = { ...ofOutput(fact.output), state: fact.state };
        add('tailrace.outputs', 1, labels);
        record('tailrace.output.duration', fact.durationMs / 1_000, labels);
        if (fact.commitMs !== undefined)
          record('tailrace.commit.duration', fact.commitMs / 1_000, ofOutput(fact.output));
        break;
      }
      case 'write.retried': {
        const labels = ofOutput(fact.output);
        add('tailrace.retries', 1, { ...labels, error_type: fact.error.code });
        record('tailrace.retry.delay', fact.delayMs / 1_000, labels);
        break;
      }
      case 'write.ended': {
        const labels = { ...ofOutput(fact.output), state: fact.state };
        add('tailrace.writes', 1, labels);
        record('tailrace.write.duration', fact.durationMs / 1_000, labels);
        break;
      }
      case 'phase.ended':
        record('tailrace.attempt.phase.duration', fact.durationMs / 1_000, {
          ...ofOutput(fact.output),
          phase: fact.phase,
        });
        break;
      case 'attempt.ended':
        add('tailrace.attempts', 1, { ...ofOutput(fact.output), state: fact.state });
        break;
      case 'worker.lost':
        add('tailrace.workers.lost', 1, ofPipeline);
        break;
      case 'run.began':
      case 'run.reported':
      case 'output.began':
      case 'commit.began':
      case 'write.began':
      case 'write.stalled':
      case 'write.paused':
      case 'attempt.began':
        break;
    }
  };
}
