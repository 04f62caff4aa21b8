// Owns the names of attributes and events of spans: those of OpenTelemetry's semantic conventions where there are any, and
// `tailrace.*` for the rest. Durations are in seconds, sizes in bytes. docs/guides/telemetry.md lists them.
import type { Attributes } from '@opentelemetry/api';
import type { Report } from '@tailrace/core';
import type { OutputEnded, SaidError } from '../facts/fact.js';
import { saidText } from '../facts/said-error.js';

export const attribute = {
  errorType: 'error.type',
  exceptionType: 'exception.type',
  exceptionMessage: 'exception.message',
  pipeline: 'tailrace.pipeline.name',
  runId: 'tailrace.run.id',
  output: 'tailrace.output.name',
  target: 'tailrace.output.target',
  write: 'tailrace.write.id',
  attempt: 'tailrace.attempt.number',
  phase: 'tailrace.attempt.phase.name',
  phaseDuration: 'tailrace.attempt.phase.duration',
  writeAttempts: 'tailrace.write.attempts',
  worker: 'tailrace.worker.name',
  state: 'tailrace.state',
  rows: 'tailrace.rows',
  batches: 'tailrace.batches',
  bytes: 'tailrace.bytes',
  files: 'tailrace.files',
  delay: 'tailrace.retry.delay',
} as const;

export const eventName = {
  exception: 'exception',
  phase: 'tailrace.attempt.phase',
  retry: 'tailrace.write.retry',
  stalled: 'tailrace.write.stalled',
  paused: 'tailrace.write.paused',
  workerLost: 'tailrace.worker.lost',
} as const;

export const ofError = ({ code, message }: SaidError): Attributes => ({
  [attribute.exceptionType]: code,
  [attribute.exceptionMessage]: message,
});

export const ofTarget = (target: string): Attributes => ({ [attribute.target]: saidText(target) });

export const ofEndedOutput = ({ state, rows, bytes, files }: OutputEnded): Attributes => ({
  [attribute.state]: state,
  [attribute.rows]: rows,
  [attribute.bytes]: bytes,
  [attribute.files]: files,
});

export const ofReport = (report: Report): Attributes => ({
  [attribute.rows]: report.rows,
  [attribute.bytes]: report.bytes,
  'tailrace.run.workers': report.workers,
  'tailrace.run.advice': report.advice.kind,
  'tailrace.run.compute_time': report.computeMs / 1_000,
  'tailrace.run.read_time': report.readMs / 1_000,
  'tailrace.run.write_time': report.writeMs / 1_000,
  'tailrace.run.blocked_time': report.blockedMs / 1_000,
  'tailrace.run.hidden_share': report.hiddenShare,
  'tailrace.memory.peak': report.peakBytesHeld,
  'tailrace.memory.limit': report.bytesLimit,
});
