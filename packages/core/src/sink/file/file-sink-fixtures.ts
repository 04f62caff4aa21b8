// Owns what the unit tests of the file sink share: an attempt over the doubles, and batches of numbered rows.
import type { Batch } from '../../batch/batch.js';
import { batchOfRows } from '../../batch/batch-of-rows.js';
import { defineSchema, int32, nullable, type Schema, utf8 } from '../../batch/schema.js';
import type { FormatDefinition } from '../format.js';
import { type AttemptFiles, createAttemptFiles } from './attempt-files.js';
import { type LinesOptions, linesFormat } from './lines-format.js';
import type { MemoryStore } from './memory-store.js';

export interface TestRow {
  readonly p: string | null;
  readonly v: number;
}
export const testSchema: Schema<TestRow> = defineSchema({ p: nullable(utf8()), v: int32() });

/** Rows `from` to before `to`, each in the partition that `partitionOf` gives it. */
export function testBatch(
  from: number,
  to: number,
  partitionOf: (v: number) => string | null = () => 'x',
): Batch<TestRow> {
  const rows = Array.from({ length: to - from }, (_, at) => ({ p: partitionOf(from + at), v: from + at }));
  return batchOfRows(testSchema, rows);
}

export function attemptFiles(
  store: MemoryStore,
  options: LinesOptions = {},
  signal: AbortSignal = new AbortController().signal,
  schema: Schema = testSchema,
): AttemptFiles {
  const target = { path: '/out', kind: 'directory', mode: 'error', runId: 'r1', output: 'routes' } as const;
  return createAttemptFiles({
    // Each format has options of its own type; the contract does not know it.
    format: linesFormat as FormatDefinition,
    formatOptions: options,
    store: store.definition,
    staged: { options: {}, target, staging: { runId: 'r1' }, signal },
    schema,
    maxBufferedBytes: 2 ** 20,
  });
}

/** The values of column `v` in a file of lines. */
export function valuesIn(text: string | undefined): number[] {
  const lines = (text ?? '').split('\n').filter((line) => line !== '');
  return lines.map((line) => (JSON.parse(line) as TestRow).v);
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
}
