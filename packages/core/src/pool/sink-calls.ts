// Owns how the pool calls the main-thread half of a sink: what it gives to every call, and what it makes of foreign errors.
import { TailraceError, toTailraceError } from '../errors/tailrace-error.js';
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
  ...(record.numbers.rejected === undefined ? {} : { rejected: record.numbers.rejected }),
  prepared: [...record.preparedWrites.entries()].sort(([a], [b]) => a - b).map(([, prepared]) => prepared),
  signal,
});

/** Throws ENCODE_MISMATCH when the rows that came to an output are not those that are prepared and those that were refused. */
export function checkAccount(record: OutputRecord): void {
  const { rows, rejected = 0, came = rows + rejected } = record.numbers;
  const prepared = [...record.preparedWrites.values()].reduce((sum, write) => sum + write.rows, 0);
  if (prepared === rows && came === rows + rejected) return;
  throw new TailraceError(
    `Output ${record.name} is not published: ${came} rows came to its stage, ${rejected} were refused, ${rows} entered the ` +
      `output, and ${prepared} are prepared. This is a fault of the framework or the sink; report it.`,
    {
      code: 'ENCODE_MISMATCH',
      operation: 'commit output',
      context: { output: record.name, came, rejected, rows, prepared },
    },
  );
}

/** Adds the time of a call to what the commit took. */
export async function timed<T>(record: OutputRecord, clock: Clock, call: () => Promise<T>): Promise<T> {
  const start = clock.now();
  try {
    return await call();
  } finally {
    record.numbers.commitMs += clock.now() - start;
  }
}
