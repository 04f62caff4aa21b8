// Owns the table of all metrics: names, units and labels, once for OpenTelemetry and Prometheus. Plain data.

export type MetricKind = 'counter' | 'gauge' | 'histogram';

/** Labels, with their names as attributes of OpenTelemetry. `error.type` is one of its own; the others have none there. */
export const attributeNames = {
  pipeline: 'tailrace.pipeline.name',
  output: 'tailrace.output.name',
  source: 'tailrace.source.name',
  state: 'tailrace.state',
  phase: 'tailrace.attempt.phase.name',
  error_type: 'error.type',
} as const;
export type LabelName = keyof typeof attributeNames;
export type Labels = Readonly<Partial<Record<LabelName, string>>>;

export interface MetricDefinition {
  readonly kind: MetricKind;
  /** UCUM, as OpenTelemetry has it; what is counted stands in braces. */
  readonly unit: string;
  readonly description: string;
  readonly labels: readonly LabelName[];
  /** Read when the metric is collected, not told when something happens. */
  readonly isObserved?: true;
}

/** Bounds of durations in seconds: from a write of milliseconds to a run of hours. */
export const durationBounds = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600,
] as const;

const duration = (description: string, labels: readonly LabelName[]) =>
  ({ kind: 'histogram', unit: 's', description, labels }) as const;
const ended = (unit: string, description: string, labels: readonly LabelName[]) =>
  ({ kind: 'counter', unit, description, labels }) as const;
const observed = (
  kind: 'counter' | 'gauge',
  unit: string,
  description: string,
  labels: readonly LabelName[],
) => ({ kind, unit, description, labels, isObserved: true }) as const;

export const metrics = {
  'tailrace.runs': ended('{run}', 'Runs that have ended.', ['pipeline', 'state']),
  'tailrace.outputs': ended('{output}', 'Outputs that have ended.', ['pipeline', 'output', 'state']),
  'tailrace.writes': ended('{write}', 'Writes that have ended.', ['pipeline', 'output', 'state']),
  'tailrace.attempts': ended('{attempt}', 'Attempts that have ended.', ['pipeline', 'output', 'state']),
  'tailrace.retries': ended('{retry}', 'Attempts that failed and were followed by another.', [
    'pipeline',
    'output',
    'error_type',
  ]),
  'tailrace.workers.lost': ended('{worker}', 'Worker threads that have died.', ['pipeline']),
  'tailrace.run.duration': duration('From the start of a run to its end.', ['pipeline', 'state']),
  'tailrace.output.duration': duration('From the declaration of an output to its end.', [
    'pipeline',
    'output',
    'state',
  ]),
  'tailrace.commit.duration': duration('From the first try at committing an output to its end.', [
    'pipeline',
    'output',
  ]),
  'tailrace.write.duration': duration('From the start of a write to its end, backoff included.', [
    'pipeline',
    'output',
    'state',
  ]),
  'tailrace.attempt.phase.duration': duration(
    'What attempts spent opening, encoding, flushing and aborting.',
    ['pipeline', 'output', 'phase'],
  ),
  'tailrace.retry.delay': duration('Backoff before an attempt is repeated.', ['pipeline', 'output']),
  'tailrace.source.rows': observed('counter', '{row}', 'Rows that sources gave.', ['pipeline', 'source']),
  'tailrace.source.dropped': observed('counter', '{item}', 'Items that overflow policies dropped.', [
    'pipeline',
    'source',
  ]),
  'tailrace.output.rows': observed('counter', '{row}', 'Rows that entered outputs.', ['pipeline', 'output']),
  'tailrace.output.rejected': observed('counter', '{row}', 'Rows that did not fit, and were left out.', [
    'pipeline',
    'output',
  ]),
  'tailrace.output.io': observed('counter', 'By', 'Encoded bytes that were prepared.', [
    'pipeline',
    'output',
  ]),
  'tailrace.output.files': observed('counter', '{file}', 'Files that were prepared.', ['pipeline', 'output']),
  'tailrace.output.held': observed('gauge', 'By', 'Batches held until they are written.', [
    'pipeline',
    'output',
  ]),
  'tailrace.output.queue': observed('gauge', '{write}', 'Writes that are not prepared, by state.', [
    'pipeline',
    'output',
    'state',
  ]),
  'tailrace.memory.usage': observed('gauge', 'By', 'Bytes held of the budget.', ['pipeline']),
  'tailrace.memory.limit': observed('gauge', 'By', 'Bytes that may be held.', ['pipeline']),
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type MetricName = keyof typeof metrics;
type NamesOf<D> = { [N in MetricName]: (typeof metrics)[N] extends D ? N : never }[MetricName];
export type ObservedMetric = NamesOf<{ readonly isObserved: true }>;
export type HistogramMetric = NamesOf<{ readonly kind: 'histogram' }>;
export type CounterMetric = Exclude<NamesOf<{ readonly kind: 'counter' }>, ObservedMetric>;

/** All of them, in their order. */
export const metricNames = Object.keys(metrics) as readonly MetricName[];

/** As the table has it, not narrowed to one entry. */
export const definitionOf = (name: MetricName): MetricDefinition => metrics[name];
export const isObserved = (name: MetricName): name is ObservedMetric =>
  definitionOf(name).isObserved === true;
