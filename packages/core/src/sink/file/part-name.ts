// Owns the names of part files: the same in a rerun, never the same for two parts, attempts or runs.
import { createHash } from 'node:crypto';
import { TailraceError } from '../../errors/tailrace-error.js';

export interface PartNaming {
  readonly runId: string;
  readonly write: number;
  readonly attempt: number;
  /** With its dot: `.csv.gz`. */
  readonly extension: string;
}

/**
 * `part-00003-1-000-5f2a9c01b7de.parquet`: number of the write, attempt, number of the part within its directory and
 * attempt, and the beginning of the run id's SHA-256, so that runs that append to one directory do not meet.
 */
export function partName({ runId, write, attempt, extension }: PartNaming, index: number): string {
  const run = createHash('sha256').update(runId).digest('hex').slice(0, 12);
  return `part-${String(write).padStart(5, '0')}-${attempt}-${String(index).padStart(3, '0')}-${run}${extension}`;
}

/** @throws MODULE_INVALID for an ending that is none: a format must not choose the directory */
export function checkExtension(extension: unknown, format: string): string {
  if (typeof extension === 'string' && /^(\.[A-Za-z0-9_-]+)+$/.test(extension)) return extension;
  throw new TailraceError(
    `The format ${format} gave ${JSON.stringify(extension)} as the extension of its files. ` +
      `Return a dot and letters or digits, such as ".csv" or ".csv.gz".`,
    { code: 'MODULE_INVALID', operation: 'name part', context: { format } },
  );
}
