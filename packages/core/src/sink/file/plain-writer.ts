// Owns an attempt without partitions: batches go to parts as they come.

import type { Prepared, SinkWriter } from '../sink.js';
import type { AttemptFiles } from './attempt-files.js';
import { throwIfCancelled } from './cancelled.js';
import { preparedOf } from './prepared.js';
import { createRollingParts, type PartLimits } from './rolling-parts.js';

export interface PlainWriterOptions extends PartLimits {
  readonly output: string;
  readonly files: AttemptFiles;
  readonly signal: AbortSignal;
  /** Path of part number `index`. */
  readonly pathOf: (index: number) => string;
  /** Whether a write without rows makes a file without rows, so that readers find the columns. */
  readonly emptyFile: boolean;
}

export function createPlainWriter(options: PlainWriterOptions): SinkWriter<undefined> {
  const { output, files, signal, maxPartRows, maxPartBytes, maxPartAgeMs, clock } = options;
  const parts = createRollingParts({
    maxPartRows,
    maxPartBytes,
    maxPartAgeMs,
    clock,
    openPart: (index) => files.open(options.pathOf(index), undefined),
  });
  let rows = 0;

  return {
    async write(batch) {
      throwIfCancelled(signal, output);
      rows += batch.rows;
      await parts.write(batch);
    },
    async prepare(): Promise<Prepared<undefined>> {
      throwIfCancelled(signal, output);
      if (rows === 0 && options.emptyFile) await parts.open();
      await parts.close();
      return preparedOf(output, rows, await files.finished());
    },
    abort: () => files.abort(),
  };
}
