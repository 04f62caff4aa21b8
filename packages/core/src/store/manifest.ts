// Owns the manifest as text: JSON that people and `jq` read, in which every partition value keeps its type.
import { schemaProblem } from '../batch/check-schema.js';
import type { Field } from '../batch/schema.js';
import type { Dialect } from '../sink/format.js';
import type { StagedFile } from '../sink/sink.js';
import type { Manifest, ManifestCommit } from '../sink/store.js';
import { isRecord, recordIn } from './plain-object.js';

type PartitionValue = string | number | boolean | bigint | null;
type Partition = Readonly<Record<string, PartitionValue>>;

/**
 * What JSON has no word for stands in an object: int64 as `{"int64": "9007199254740993"}`; NaN, the infinities and
 * negative zero as `{"float64": "NaN"}`.
 */
export function encodeManifest(manifest: Manifest): string {
  const { files, ...head } = manifest;
  return `${JSON.stringify({ ...head, files: files.map(encodeFile) }, null, 2)}\n`;
}

function encodeFile(file: StagedFile): unknown {
  if (file.partition === undefined) return file;
  const entries = Object.entries(file.partition).map(([column, value]) => [column, encodeValue(value)]);
  return { ...file, partition: Object.fromEntries(entries) };
}

function encodeValue(value: PartitionValue): unknown {
  if (typeof value === 'bigint') return { int64: String(value) };
  if (typeof value !== 'number') return value;
  if (Object.is(value, -0)) return { float64: '-0' };
  return Number.isFinite(value) ? value : { float64: String(value) };
}

/** The manifest in a text, or undefined when it is none of ours (torn, of another program, of a later version). */
export function decodeManifest(text: string): Manifest | undefined {
  const value = recordIn(text);
  if (value === undefined || value.version !== 1 || !Array.isArray(value.files)) return undefined;
  const files: StagedFile[] = [];
  for (const entry of value.files as readonly unknown[]) {
    const file = decodeFile(entry);
    if (file === undefined) return undefined;
    files.push(file);
  }
  const { runId, output, format, schema, partitionBy, rows, bytes } = value;
  if (typeof runId !== 'string' || typeof output !== 'string') return undefined;
  if (typeof format !== 'string' || typeof schema !== 'string') return undefined;
  if (typeof rows !== 'number' || typeof bytes !== 'number') return undefined;
  if (!isTexts(partitionBy)) return undefined;
  const manifest: Manifest = { version: 1, runId, output, format, schema, partitionBy, rows, bytes, files };
  const { follows, commits, columns, rejected, dialect } = value;
  if (dialect !== undefined && !isDialect(dialect)) return undefined;
  if (columns !== undefined && !isColumns(columns)) return undefined;
  if (rejected !== undefined && typeof rejected !== 'number') return undefined;
  if (follows !== undefined && typeof follows !== 'string') return undefined;
  const decoded = commits === undefined ? [] : decodeCommits(commits);
  if (decoded === undefined) return undefined;
  return {
    ...manifest,
    ...(rejected === undefined ? {} : { rejected }),
    ...(columns === undefined ? {} : { columns }),
    ...(dialect === undefined ? {} : { dialect }),
    ...(follows === undefined ? {} : { follows }),
    ...(commits === undefined ? {} : { commits: decoded }),
  };
}

function decodeCommits(value: unknown): ManifestCommit[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const commits: ManifestCommit[] = [];
  for (const entry of value as readonly unknown[]) {
    if (!isRecord(entry)) return undefined;
    const { runId, key, rows, rejected, bytes, files } = entry;
    if (typeof runId !== 'string' || typeof key !== 'string') return undefined;
    if (typeof rows !== 'number' || typeof bytes !== 'number' || typeof files !== 'number') return undefined;
    if (rejected !== undefined && typeof rejected !== 'number') return undefined;
    commits.push({ runId, key, rows, ...(rejected === undefined ? {} : { rejected }), bytes, files });
  }
  return commits;
}

function decodeFile(value: unknown): StagedFile | undefined {
  if (!isRecord(value)) return undefined;
  const { path, rows, bytes, checksum, partition } = value;
  if (typeof path !== 'string' || typeof checksum !== 'string') return undefined;
  if (typeof rows !== 'number' || typeof bytes !== 'number') return undefined;
  if (partition === undefined) return { path, rows, bytes, checksum };
  const decoded = decodePartition(partition);
  return decoded && { path, rows, bytes, checksum, partition: decoded };
}

function decodePartition(value: unknown): Partition | undefined {
  if (!isRecord(value)) return undefined;
  const entries: [string, PartitionValue][] = [];
  for (const [column, encoded] of Object.entries(value)) {
    const decoded = decodeValue(encoded);
    if (decoded === undefined) return undefined;
    entries.push([column, decoded]);
  }
  return Object.fromEntries(entries);
}

function decodeValue(value: unknown): PartitionValue | undefined {
  if (
    value === null ||
    typeof value === 'string' ||
    typeof value === 'number' ||
    typeof value === 'boolean'
  ) {
    return value;
  }
  if (!isRecord(value)) return undefined;
  const { int64, float64 } = value;
  if (typeof int64 === 'string' && /^-?\d+$/.test(int64)) return BigInt(int64);
  return typeof float64 === 'string' ? Number(float64) : undefined;
}

/**
 * The manifest of a directory to which `added` was appended: entries of files that are still there, then the new ones.
 * Both must be of one kind (`checkAppendable`); when nothing was added, what is there keeps its description.
 * @param present paths of the files that were there before, whether they have an entry or not
 */
export function appendedManifest(
  previous: Manifest | undefined,
  present: ReadonlySet<string>,
  added: Manifest,
): Manifest {
  const kept = (previous?.files ?? []).filter((file) => present.has(file.path));
  const files = [...kept, ...added.files];
  const commits = [...(previous?.commits ?? []), ...(added.commits ?? [])];
  const described = added.files.length === 0 && previous !== undefined ? previous : added;
  // The first run has said which form values have in rows; a later one only has to have the same types.
  const columns =
    previous?.schema === described.schema ? (previous.columns ?? described.columns) : described.columns;
  // Files of earlier versions of this package do not say what they were written with: then nobody can say it of all.
  const dialect = kept.length === 0 ? added.dialect : previous?.dialect;
  const { columns: _columns, dialect: _dialect, ...head } = added;
  return {
    ...head,
    format: described.format,
    schema: described.schema,
    ...(columns === undefined ? {} : { columns }),
    ...(dialect === undefined ? {} : { dialect }),
    partitionBy: described.partitionBy,
    rows: files.reduce((sum, file) => sum + file.rows, 0),
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    files,
    ...(commits.length === 0 ? {} : { commits }),
  };
}

function isDialect(value: unknown): value is Dialect {
  return (
    isRecord(value) &&
    Object.values(value).every((option) => typeof option === 'string' || typeof option === 'boolean')
  );
}

function isColumns(value: unknown): value is readonly Field[] {
  return Array.isArray(value) && schemaProblem({ fields: value }) === undefined;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
