// Owns `compact(...)`: the small parts of a dataset are written anew as few larger ones, in one commit, and nothing else changes.
import { resolve } from 'node:path';
import {
  checkKinds,
  type Field,
  type FileSinkOptions,
  PlanError,
  pipeline,
  type RunOptions,
  type Sink,
  type Source,
  shownOption,
  systemClock,
} from '@tailrace/core';
import { schemeOf } from '../remote/stores.js';
import { inForms } from '../value-forms.js';
import { checkReadable } from './check-readable.js';
import { rowsOfDataset } from './dataset-rows.js';
import { type DatasetPlan, type PlannedFile, planOfVersion } from './plan.js';
import { type Version, versionAt } from './version.js';
import { type WrittenCsv, writtenCsv } from './written-csv.js';
import { blanksRestored, type WrittenNdjson, writtenNdjson } from './written-ndjson.js';

/** Rows of any dataset: their types are those of its manifest. */
export type CompactedRow = Readonly<Record<string, unknown>>;

/** What the sink of the new parts has to be made with. */
export type CompactedSinkOptions = Pick<
  FileSinkOptions<CompactedRow>,
  'mode' | 'publish' | 'partitionBy' | 'single' | 'replaces' | 'maxPartBytes'
>;

export interface CompactOptions extends Pick<RunOptions, 'workers' | 'memory' | 'scratchDir' | 'signal'> {
  /**
   * Makes the sink of the new parts: the factory of the dataset's format, with how it is to be encoded.
   * @example (path, options) => parquet(path, { compression: 'zstd', ...options })
   */
  readonly write: (path: string, options: CompactedSinkOptions) => Sink<CompactedRow>;
  /** Encoded bytes that the new parts should have. Default 134,217,728 (128 MiB). */
  readonly targetBytes?: number | undefined;
  /** Parts below that many bytes are small. Default: half of `targetBytes`. */
  readonly smallBytes?: number | undefined;
  /**
   * How the parts of a CSV dataset are written, where its manifest does not tell: those of earlier versions do not. Then
   * `nullText` has to be given when a column of the files is nullable (`''` for the default of `csv`): a null that is read as
   * text would be published as text.
   */
  readonly csv?: WrittenCsv | undefined;
  /** The same of NDJSON: `binary` has to be given when a column has bytes. */
  readonly ndjson?: WrittenNdjson | undefined;
}

export interface CompactReport {
  /** Parts that were replaced, and the rows in them; 0 when there was nothing to do: then nothing was written. */
  readonly replacedFiles: number;
  readonly rows: number;
  readonly writtenFiles: number;
}

const operation = 'compact dataset';
/** Whole numbers and times in the form that loses nothing. */
const exactForms = { int64: 'bigint', timestamps: 'bigint' } as const;

/**
 * Rewrites the small parts of a dataset, partition by partition, where that makes fewer of them. Parts that are large enough
 * stay as they are, and so do files that are not in the manifest. The new version is published as every output is, in one
 * commit under the target's lease: a reader, and a crash at any point, finds the old version or the new one; left
 * over stages are removed by the next run. What others append meanwhile is kept.
 *
 * The checksum of every part that is rewritten is held against the manifest before: what was damaged on the disk would else be
 * published with a checksum of its own.
 *
 * The rows of all small parts pass through memory, and through scratch files where there are more than it takes.
 *
 * @param path of a local dataset that was written with a manifest
 * @throws ConflictError when another run has replaced what was to be compacted; a PlanError for datasets without a manifest
 *   or whose columns cannot be kept exactly; ENCODE_MISMATCH rather than publish other numbers of rows
 */
export async function compact(path: string, options: CompactOptions): Promise<CompactReport> {
  const { targetBytes = 134_217_728, smallBytes = targetBytes / 2 } = options;
  checkOptions(path, options, targetBytes, smallBytes);
  if (schemeOf(path) !== undefined) {
    throw refused(
      path,
      'is a URL, and only local datasets are compacted. Write it anew, from openDataset to a file sink',
    );
  }
  const signal = options.signal ?? new AbortController().signal;
  const found = await versionAt(path, systemClock, signal);
  if (!('manifest' in found)) {
    throw refused(
      path,
      'has no manifest, so that nothing tells which files belong to it. Write it anew with a file sink',
    );
  }
  const fields = columnsOf(path, found);
  const plan = await planOfVersion(path, found, { ...exactForms, signal });
  const csv = writtenCsv(found.manifest, options.csv);
  const ndjson = writtenNdjson(found.manifest, options.ndjson);
  checkNulls(path, plan, csv);
  checkReadable(`compact('${path}')`, plan, undefined, ndjson);
  const chosen = smallFiles(plan, targetBytes, smallBytes);
  const rows = chosen.reduce((sum, file) => sum + (file.rows ?? 0), 0);
  if (chosen.length === 0) return { replacedFiles: 0, rows, writtenFiles: 0 };
  const { manifest, publish } = found;
  const names = new Set(chosen.map(({ name }) => name));
  const sink = options.write(resolve(path), {
    mode: 'append',
    publish,
    partitionBy: manifest.partitionBy,
    single: false,
    replaces: manifest.files.filter((file) => names.has(file.path)),
    maxPartBytes: targetBytes,
  });
  if (sink.mode !== 'append' || sink.location?.path !== resolve(path)) {
    throw refused(path, 'needs a `write` that passes its path and options on to the factory of the format');
  }
  const schema = { fields: fields.map((field) => inForms(field, exactForms)) };
  const restored =
    manifest.dialect?.nonFinite === 'null' ? blanksRestored(schema.fields, manifest.partitionBy) : undefined;
  const source: Source<CompactedRow> = {
    name: path,
    totalItems: rows,
    schema,
    async *open(stop) {
      const columns = fields.map(({ name }) => name);
      const reading = {
        plan,
        columns,
        where: undefined,
        chunkRows: 4_096,
        csv,
        ndjson,
        version: found,
        verify: true,
      };
      for (const file of chosen) {
        const chunks = rowsOfDataset(reading, asWritten(file, schema.fields), stop);
        // Rows have the columns of the manifest.
        for await (const chunk of chunks) {
          const given = chunk as readonly CompactedRow[];
          yield restored === undefined ? given : given.map(restored);
        }
      }
    },
  };
  const { workers, memory, scratchDir } = options;
  const run = pipeline('compact', (flow) => {
    const parts = flow.source('small parts', source);
    // One write: where it is cut, a partition would get another small part.
    const uncut = { writeRows: Number.MAX_SAFE_INTEGER, writeBytes: Number.MAX_SAFE_INTEGER };
    flow.write(manifest.output, parts, sink, uncut);
  }).run({ workers, memory, scratchDir, signal });
  try {
    const report = await run.completed;
    const writtenFiles = report.outputs.reduce((sum, { files = 0 }) => sum + files, 0);
    return { replacedFiles: chosen.length, rows, writtenFiles };
  } catch (error) {
    // There is one output, and so one reason.
    if (error instanceof AggregateError && error.errors.length === 1) throw error.errors[0];
    throw error;
  }
}

/** Small parts, in the order of the manifest, of the partitions in which rewriting makes fewer of them. */
function smallFiles(plan: DatasetPlan, targetBytes: number, smallBytes: number): readonly PlannedFile[] {
  const partitions = new Map<string, PlannedFile[]>();
  for (const file of plan.files) {
    if ((file.bytes ?? 0) >= smallBytes || file.rows === 0) continue;
    const directory = file.name.slice(0, Math.max(0, file.name.lastIndexOf('/')));
    const small = partitions.get(directory) ?? [];
    small.push(file);
    partitions.set(directory, small);
  }
  return [...partitions.values()].flatMap((files) => {
    const bytes = files.reduce((sum, file) => sum + (file.bytes ?? 0), 0);
    return Math.ceil(bytes / targetBytes) < files.length ? files : [];
  });
}

/** In a column without nulls the null marker has come of the empty text, and becomes it again. */
function asWritten(file: PlannedFile, fields: readonly Field[]): PlannedFile {
  const values = [...file.partition].map(([name, value]) => {
    const isNullable = fields.find((field) => field.name === name)?.nullable ?? true;
    return [name, value === null && !isNullable ? '' : value] as const;
  });
  return { ...file, partition: new Map(values) };
}

function columnsOf(path: string, { manifest }: Version): readonly Field[] {
  if (manifest.columns !== undefined && manifest.columns.length > 0) return manifest.columns;
  throw refused(
    path,
    'has a manifest that does not tell its columns. Write it anew, or append to it once, with this version',
  );
}

/** With another text for null than the parts have, nulls would be read as text, and text as null, without a failure. */
function checkNulls(path: string, plan: DatasetPlan, csv: CompactOptions['csv']): void {
  if (plan.format !== 'csv' || csv?.nullText !== undefined) return;
  const partition = new Set(plan.partitionFields.map(({ name }) => name));
  const nullable = plan.fields?.find((field) => field.nullable && !partition.has(field.name));
  if (nullable === undefined) return;
  throw refused(
    path,
    `is CSV with the nullable column "${nullable.name}", and its manifest does not tell what stands for null. Give csv.nullText ` +
      `as the parts were written ('' where csv(path) was given none), and let \`write\` give the same`,
  );
}

function checkOptions(path: string, options: CompactOptions, targetBytes: number, smallBytes: number): void {
  checkKinds(`compact('${path}')`, options, { write: 'function' }, operation);
  if (typeof options.write !== 'function')
    throw refused(path, 'needs `write`, which makes the sink of the new parts');
  for (const [option, value] of Object.entries({ targetBytes, smallBytes })) {
    if (Number.isFinite(value) && value >= 1 && value <= targetBytes) continue;
    throw refused(path, `was given ${option} ${shownOption(value)}; give bytes from 1 to targetBytes`);
  }
}

function refused(path: string, problem: string): PlanError {
  return new PlanError(`compact('${path}'): it ${problem}.`, { operation, context: { path } });
}
