// Owns what of a dataset is read: its files, where its columns come from, and which files cannot hold a row that is wanted.
import type { Field, StoreOfScheme } from '@tailrace/core';
import { describeType, type Schema, sameType, TailraceError } from '@tailrace/core';
import { inForms, type ValueForms } from '../value-forms.js';
import type { DatasetFormat } from './file-readers.js';
import { fieldsOfFile, formatOfManifest, formatOfNames } from './file-readers.js';
import type { ListedFile } from './listing.js';
import { inferField, type PartitionValue, typedValue } from './partition-types.js';
import type { Version } from './version.js';
import { withBlankFloats } from './written-ndjson.js';

export interface PlannedFile {
  /** To open it. */
  readonly path: string;
  /** In the manifest. */
  readonly name: string;
  readonly rows: number | undefined;
  readonly bytes: number | undefined;
  /** By column, as rows have them. */
  readonly partition: ReadonlyMap<string, unknown>;
}

export interface DatasetPlan {
  readonly format: DatasetFormat;
  readonly files: readonly PlannedFile[];
  /** All columns, those of the partitions included; undefined for text without a schema: then rows tell. */
  readonly fields: readonly Field[] | undefined;
  readonly partitionFields: readonly Field[];
}

export interface PlanOptions extends ValueForms {
  readonly schema?: Schema<object>;
  readonly format?: DatasetFormat;
  /** For URLs of files that were written without a manifest. */
  readonly stores?: readonly StoreOfScheme[] | undefined;
  readonly signal: AbortSignal;
}

/** Of a dataset with a manifest: its word is taken for files, columns and partitions. */
export async function planOfVersion(
  path: string,
  version: Version,
  options: PlanOptions,
): Promise<DatasetPlan> {
  const { manifest, root } = version;
  const { partitionBy, columns } = manifest;
  const format = options.format ?? formatOfManifest(manifest.format, path);
  const values = manifest.files.map((file) => new Map(Object.entries(file.partition ?? {})));
  const partitionFields = partitionBy.map((name) => {
    const texts = values.map((partition) => partition.get(name) ?? null);
    const field =
      columns?.find((one) => one.name === name) ??
      inferField(
        name,
        texts.map((value) => (value === null ? null : String(value))),
        options.int64 ?? 'bigint',
      );
    // Empty text has become null: the directory is the same.
    return inForms({ ...field, nullable: field.nullable || texts.includes(null) }, options);
  });
  const first = manifest.files[0];
  const isBlanked = manifest.dialect?.nonFinite === 'null';
  const inFiles =
    columns
      ?.filter((field) => !partitionBy.includes(field.name))
      .map((field) => (isBlanked ? withBlankFloats(field) : field)) ??
    (first === undefined ? [] : await fieldsOfFile(format, `${root}/${first.path}`, options, options.signal));
  const order = columns?.map(({ name }) => name);
  const fields = ordered(
    [...(inFiles ?? []).map((field) => inForms(field, options)), ...partitionFields],
    order,
  );
  return finished(
    path,
    { format, fields: inFiles === undefined ? undefined : fields, partitionFields },
    options,
    (used) =>
      manifest.files.map((file, at) => ({
        path: `${root}/${file.path}`,
        name: file.path,
        rows: file.rows,
        bytes: file.bytes,
        partition: typed(used, (name) => values[at]?.get(name) ?? null, file.path),
      })),
  );
}

/** Of files without a manifest: names and, for Parquet and Arrow, the first file tell the columns. */
export async function planOfFiles(
  path: string,
  listed: readonly ListedFile[],
  options: PlanOptions,
): Promise<DatasetPlan> {
  const paths = listed.map((file) => file.path);
  const format = options.format ?? formatOfNames(paths, path);
  const names = Object.keys(listed[0]?.partition ?? {});
  const partitionFields = names.map((name) =>
    inferField(
      name,
      listed.map(({ partition }) => partition[name] ?? null),
      options.int64 ?? 'bigint',
    ),
  );
  const first = paths[0];
  const inFile = first === undefined ? undefined : await fieldsOfFile(format, first, options, options.signal);
  const fields = inFile && [...inFile.filter(({ name }) => !names.includes(name)), ...partitionFields];
  return finished(path, { format, fields, partitionFields }, options, (used) =>
    listed.map((file) => ({
      path: file.path,
      name: file.path,
      rows: undefined,
      bytes: undefined,
      partition: typed(used, (name) => file.partition[name] ?? null, file.path),
    })),
  );
}

function finished(
  path: string,
  found: Omit<DatasetPlan, 'files'>,
  { schema }: PlanOptions,
  filesOf: (partitionFields: readonly Field[]) => readonly PlannedFile[],
): DatasetPlan {
  const partitionFields = found.partitionFields.map(
    (field) => schema?.fields.find(({ name }) => name === field.name) ?? field,
  );
  if (schema === undefined) return { ...found, files: filesOf(partitionFields) };
  const problems = (found.fields ?? []).flatMap((field) => {
    const declared = schema.fields.find(({ name }) => name === field.name);
    const isPartition = partitionFields.some(({ name }) => name === field.name);
    // The types of partitions without a manifest are only inferred, and those that files state are checked by their reader.
    if (
      declared === undefined ||
      isPartition ||
      found.format === 'parquet' ||
      found.format === 'arrow' ||
      sameType(declared.type, field.type)
    )
      return [];
    return [`'${field.name}' is ${describeType(field.type)}, declared ${describeType(declared.type)}`];
  });
  if (problems.length > 0) {
    throw new TailraceError(
      `The dataset '${path}' does not have the declared columns: ${problems.join('; ')}.`,
      {
        code: 'SCHEMA_INVALID',
        operation: 'open dataset',
        context: { path },
      },
    );
  }
  return { ...found, partitionFields, fields: schema.fields, files: filesOf(partitionFields) };
}

function typed(
  fields: readonly Field[],
  textOf: (column: string) => PartitionValue,
  path: string,
): ReadonlyMap<string, unknown> {
  return new Map(fields.map((field) => [field.name, typedValue(field, textOf(field.name), path)]));
}

function ordered(fields: readonly Field[], order: readonly string[] | undefined): readonly Field[] {
  if (order === undefined) return fields;
  return order.flatMap((name) => fields.filter((field) => field.name === name));
}
