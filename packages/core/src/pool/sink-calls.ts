// Owns how the pool calls the main-thread half of a sink: what it gives to every call, and what it makes of foreign errors.
import { toTailraceError } from '../errors/tailrace-error.js';
import type { CommitContext } from '../sink/sink.js';
import type { Clock } from '../time/clock.js';
import type { OutputRecord } from './output-record.js';

/** Calls a sink's main-thread half and puts foreign errors into the family. */
export async function inSink<T>(
  record: OutputRecord,
  operation: string,
  call: () => T | Promise<T>,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toTailraceError(
      error,
      `The sink of output ${record.name} failed to ${operation} ${record.sink.target}`,
      { code: 'SINK_FAILED', operation, context: { output: record.name, target: record.sink.target } },
    );
  }
}

export const infoOf = (record: OutputRecord): { runId: string; output: string; options: unknown } => ({
  runId: record.runId,
  output: record.name,
  options: record.sink.module.options,
});

export const commitContext = (
  record: OutputRecord,
  signal: AbortSignal,
): CommitContext<unknown, unknown, unknown> => ({
  ...infoOf(record),
  staging: record.staging?.value,
  schema: record.schemaNow ?? { fields: [] },
  prepared: [...record.preparedWrites.entries()].sort(([a], [b]) => a - b).map(([, prepared]) => prepared),
  signal,
});

/** Adds the time of a call to what the commit took. */
export async function timed<T>(record: OutputRecord, clock: Clock, call: () => Promise<T>): Promise<T> {
  const start = clock.now();
  try {
    return await call();
  } finally {
    record.numbers.commitMs += clock.now() - start;
  }
}
