// Owns the mark within a staged output: which run has published it, and what it has published, so that a later run of its job
// knows its own again, also where that run died before its journal could say so. Main thread only.
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError } from './system-error.js';

/** Spark, and whoever reads as Spark does, reads no files whose names begin so. */
const name = '_tailrace-spark.json';

export interface MarkedOutput {
  readonly runId: string;
  readonly output: string;
  /** Of an output of a job that can be resumed. */
  readonly key?: string | undefined;
  /** As the report counts them. */
  readonly rows: number;
  /** Rows that the stage refused beside them. */
  readonly rejected?: number | undefined;
}

export interface PublicationMark extends MarkedOutput {
  readonly format: 1;
  /** Of the files beside the mark. */
  readonly files: number;
  readonly bytes: number;
}

/** Puts the mark into a directory that is complete, on stable storage. */
export async function markPublication(directory: string, output: MarkedOutput): Promise<void> {
  const mark: PublicationMark = { format: 1, ...output, ...(await sizeOf(directory)) };
  const file = await open(join(directory, name), 'w');
  try {
    await file.writeFile(JSON.stringify(mark));
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The mark at a path, and whether all that it was put beside is there; undefined where there is none that can be read. */
export async function publicationAt(
  path: string,
): Promise<{ readonly mark: PublicationMark; readonly whole: boolean } | undefined> {
  const mark = await readMark(path);
  if (mark === undefined) return undefined;
  const { files, bytes } = await sizeOf(path);
  return { mark, whole: files === mark.files && bytes === mark.bytes };
}

async function readMark(path: string): Promise<PublicationMark | undefined> {
  try {
    const found: unknown = JSON.parse(await readFile(join(path, name), 'utf8'));
    return isMark(found) ? found : undefined;
  } catch (error) {
    // What somebody else has put there under its name is no mark of ours; nor is one that was cut off.
    if (error instanceof SyntaxError || isSystemError(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

function isMark(found: unknown): found is PublicationMark {
  if (typeof found !== 'object' || found === null) return false;
  // An object, of which nothing is known.
  const { format, runId, output, key, rows, rejected, files, bytes } = found as Record<string, unknown>;
  return (
    format === 1 &&
    typeof runId === 'string' &&
    typeof output === 'string' &&
    (key === undefined || typeof key === 'string') &&
    [rows, rejected ?? 0, files, bytes].every(Number.isSafeInteger)
  );
}

async function sizeOf(directory: string): Promise<{ files: number; bytes: number }> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const data = entries.filter((entry) => entry.isFile() && entry.name !== name);
  let bytes = 0;
  for (const entry of data) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  return { files: data.length, bytes };
}
