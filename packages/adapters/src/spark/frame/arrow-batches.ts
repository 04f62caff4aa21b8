// Owns the results of an execution as record batches of Arrow: put together where the server has cut one into parts, within a
// limit, and checked against the number of rows that the server names.
import { OverflowError, TailraceError } from '@tailrace/core';
import { type RecordBatch, RecordBatchReader } from 'apache-arrow';
import type { ArrowBatch, ExecutePlanResponse } from '../protocol/responses.js';

export interface ResultBatch {
  readonly rows: number;
  /** Bytes that it took on the wire. */
  readonly bytes: number;
  readonly batch: RecordBatch;
}

/** @throws OverflowError for a batch of more than `maxBytes` */
export async function* arrowBatches(
  responses: AsyncIterable<ExecutePlanResponse>,
  maxBytes: number,
  operation: string,
): AsyncGenerator<ResultBatch> {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  let rowsBefore = 0n;
  for await (const { responseType } of responses) {
    if (responseType.case !== 'arrowBatch') continue;
    const message = responseType.value;
    const wanted = Math.max(1, Number(message.numChunksInBatch ?? 0n));
    if (Number(message.chunkIndex ?? 0n) !== parts.length)
      throw damaged(operation, `part ${message.chunkIndex} came where part ${parts.length} was due`);
    const { startOffset = rowsBefore } = message;
    if (startOffset !== rowsBefore)
      throw damaged(operation, `a batch began at row ${startOffset} where row ${rowsBefore} was due`);
    bytes += message.data.length;
    if (bytes > maxBytes)
      throw new OverflowError(
        `Spark has sent a batch of more than ${maxBytes} bytes when it was asked to ${operation}. Lower ` +
          'spark.sql.execution.arrow.maxRecordsPerBatch, select fewer columns, or raise maxBatchBytes.',
        { operation, context: { maxBatchBytes: maxBytes } },
      );
    parts.push(message.data);
    if (parts.length < wanted) continue;
    yield* decode(parts, bytes, message, operation);
    rowsBefore += message.rowCount;
    parts = [];
    bytes = 0;
  }
  if (parts.length > 0) throw damaged(operation, 'the last batch was not sent whole');
}

function* decode(
  parts: readonly Uint8Array[],
  bytes: number,
  { rowCount }: ArrowBatch,
  operation: string,
): Generator<ResultBatch> {
  const [only] = parts;
  const whole = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
  let rows = 0;
  for (const batch of RecordBatchReader.from(whole)) {
    // For a stream without batches the library makes one of its own.
    rows += batch.numRows;
    yield { rows: batch.numRows, bytes, batch };
  }
  if (rows !== Number(rowCount)) throw damaged(operation, `a batch of ${rowCount} rows holds ${rows}`);
}

function damaged(operation: string, problem: string): TailraceError {
  return new TailraceError(
    `What Spark has sent when it was asked to ${operation} is damaged: ${problem}. Ask again.`,
    { code: 'ENGINE_FAILED', status: 'temporary', operation },
  );
}
