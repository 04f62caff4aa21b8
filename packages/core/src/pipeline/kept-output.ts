// Owns what a run says of an output that an earlier run of its job has published.
import type { OutputProgress, OutputReport } from '../pool/output-report.js';
import type { Publication } from '../sink/sink.js';
import type { GraphOutput } from './graph.js';

export function keptReport(
  { name, sink }: GraphOutput,
  { rows, rejected = 0, bytes, files }: Publication,
): OutputReport {
  return {
    name,
    target: sink.target,
    state: 'done',
    skipped: false,
    kept: true,
    rows,
    rejected,
    bytes,
    files,
    writes: 0,
    attempts: 0,
    queuedMs: 0,
    writeMs: 0,
    commitMs: 0,
    elapsedMs: 0,
    peakHeldBytes: 0,
  };
}

export function keptProgress(
  name: string,
  { rows, rejected = 0, bytes, files }: Publication,
): OutputProgress {
  const writes = { queued: 0, active: 0, retrying: 0, paused: 0, prepared: 0, failed: 0 };
  return {
    name,
    state: 'done',
    kept: true,
    rows,
    rejected,
    heldBytes: 0,
    busyMs: 0,
    bytesWritten: bytes,
    files,
    writes,
  };
}
