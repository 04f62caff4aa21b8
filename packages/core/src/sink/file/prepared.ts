// Owns the accounts of a file sink: rows and bytes of an attempt, and of an output, and that they add up.
import { describeSchema, type Field, type Schema } from '../../batch/schema.js';
import { TailraceError } from '../../errors/tailrace-error.js';
import { createCollisionGuard } from '../../partition/collisions.js';
import type { Dialect } from '../format.js';
import type { Prepared, ReplacedFile, StagedFile } from '../sink.js';
import type { Manifest } from '../store.js';

/** @throws ENCODE_MISMATCH when the files hold other rows than were taken */
export function preparedOf(output: string, rows: number, files: readonly StagedFile[]): Prepared<undefined> {
  const written = sum(files, 'rows');
  if (written !== rows) throw mismatch(output, `its files hold ${written} rows, but ${rows} were taken`);
  return { rows, bytes: sum(files, 'bytes'), files, part: undefined };
}

export interface ManifestInit {
  readonly runId: string;
  readonly output: string;
  /** Of an output of a resumable job. */
  readonly key?: string | undefined;
  readonly format: string;
  readonly dialect?: Dialect | undefined;
  readonly schema: Schema;
  readonly partitionBy: readonly string[];
  readonly prepared: readonly Prepared[];
  readonly rejected?: number | undefined;
}

/**
 * @throws ENCODE_MISMATCH when a write's files do not add up to it, or two writes made the same file; ValueError when
 *   partitions of two writes differ only by case or Unicode form
 */
export function manifestOf(init: ManifestInit): Manifest {
  const { runId, output, key, format, dialect, schema, partitionBy, prepared, rejected } = init;
  const files: StagedFile[] = [];
  const paths = new Set<string>();
  const guard = createCollisionGuard(output);
  for (const [write, part] of prepared.entries()) {
    const rows = sum(part.files, 'rows');
    if (rows !== part.rows) {
      throw mismatch(output, `the files of write ${write} hold ${rows} rows, but ${part.rows} were prepared`);
    }
    for (const file of part.files) {
      if (paths.has(file.path)) throw mismatch(output, `the file ${file.path} was prepared twice`);
      paths.add(file.path);
      const slash = file.path.lastIndexOf('/');
      if (slash > 0) guard.add(file.path.slice(0, slash));
      files.push(file);
    }
  }
  const refused = rejected === undefined ? {} : { rejected };
  const [rows, bytes] = [sum(prepared, 'rows'), sum(prepared, 'bytes')];
  return {
    version: 1,
    runId,
    output,
    format,
    schema: describeSchema(schema),
    columns: columnsOf(schema),
    ...(dialect === undefined ? {} : { dialect }),
    partitionBy,
    rows,
    ...refused,
    bytes,
    files,
    ...(key === undefined ? {} : { commits: [{ runId, key, rows, ...refused, bytes, files: files.length }] }),
  };
}

/** Throws ENCODE_MISMATCH when files that stand for others do not hold as many rows, partition by partition. */
export function checkReplaced(
  output: string,
  replaced: readonly ReplacedFile[] | undefined,
  files: readonly StagedFile[],
): void {
  if (replaced === undefined) return;
  const missing = new Map<string, number>();
  const count = (path: string, rows: number): void => {
    const directory = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    missing.set(directory, (missing.get(directory) ?? 0) + rows);
  };
  for (const { path, rows } of replaced) count(path, rows);
  for (const { path, rows } of files) count(path, -rows);
  for (const [directory, rows] of missing) {
    if (rows === 0) continue;
    const where = directory === '' ? 'its files' : `the files of ${directory}`;
    throw mismatch(
      output,
      `${where} hold ${Math.abs(rows)} rows ${rows > 0 ? 'fewer' : 'more'} than those they replace`,
    );
  }
}

/** The columns as a manifest keeps them. */
export const columnsOf = (schema: Schema): readonly Field[] => schema.fields.map(asWritten);

/** How text was held in memory is not what files were told. */
function asWritten(field: Field): Field {
  const { type } = field;
  return type.kind === 'dictionary' && type.inferred === true ? { ...field, type: { kind: 'utf8' } } : field;
}

function sum<K extends string>(items: readonly Readonly<Record<K, number>>[], key: K): number {
  return items.reduce((total, item) => total + item[key], 0);
}

function mismatch(output: string, problem: string): TailraceError {
  return new TailraceError(
    `Output "${output}" is not published: ${problem}. This is a fault of a format or of the store; report it.`,
    { code: 'ENCODE_MISMATCH', operation: 'commit output', context: { output } },
  );
}
