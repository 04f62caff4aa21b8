// Owns the file sink in its worker module: format x store. Staging and publishing are the store's, bytes the format's.
import { describeSchema, type Schema } from '../../batch/schema.js';
import { PlanError } from '../../errors/named-errors.js';
import { TailraceError } from '../../errors/tailrace-error.js';
import { ensurePartitionTypes } from '../../partition/partition-types.js';
import { systemClock } from '../../time/clock.js';
import type { FormatDefinition } from '../format.js';
import { loadModule } from '../load.js';
import {
  type Begun,
  type CommitContext,
  type Committed,
  defineSink,
  type OutputInfo,
  type Publication,
  type SinkDefinition,
  type SinkGroup,
  type SinkWriter,
} from '../sink.js';
import type { Manifest, StagedContext, StoreContent, StoreDefinition } from '../store.js';
import { createAttemptFiles } from './attempt-files.js';
import { dialectOf } from './dialect-of.js';
import { checkExtension, partName } from './part-name.js';
import { createPartitionedWriter } from './partitioned-writer.js';
import { createPlainWriter } from './plain-writer.js';
import { checkReplaced, columnsOf, manifestOf } from './prepared.js';
import { type FileSinkSettings, fileNameOf } from './settings.js';

/** What the store stages with, and what it has to say. */
interface FileStaging {
  readonly store: unknown;
  readonly notes: readonly string[];
}

const nothingStaged: FileStaging = { store: undefined, notes: [] };

interface FileContext extends OutputInfo {
  readonly options: FileSinkSettings;
  readonly staging: FileStaging;
}

const definition: SinkDefinition<FileSinkSettings, FileStaging, undefined> = defineSink({
  name: 'file',

  async begin(context): Promise<Begun<FileStaging>> {
    // Loaded here too, so that a format that cannot be loaded is found out before anything is computed.
    const [store, format] = await Promise.all([storeOf(context.options), formatOf(context.options)]);
    const { target, ...staged } = stagedContext({ ...context, staging: nothingStaged }, context.signal);
    checkSupport(store, context.options, context.output);
    const content = contentOf(context.options, format, context.schema);
    const begun = await store.begin({ ...staged, target: { ...target, content } });
    return begun === 'skip'
      ? { skip: true }
      : { skip: false, staging: { store: begun.staging, notes: begun.notes ?? [] } };
  },

  async published(context): Promise<readonly Publication[]> {
    const store = await storeOf(context.options);
    const { staging: _, ...staged } = stagedContext({ ...context, staging: nothingStaged }, context.signal);
    if (store.published === undefined) throw blindStore(store.name, context);
    return store.published(staged);
  },

  async check({ options, schema, output, runId, staging }) {
    // No row has come and no schema was declared: a directory stays empty, and only a single file needs a form.
    if (schema.fields.length === 0 && options.kind === 'directory') return;
    const [store, format] = await Promise.all([storeOf(options), formatOf(options)]);
    if (staging !== undefined) {
      const { signal } = new AbortController();
      const staged = stagedContext({ options, output, runId, staging }, signal);
      await store.admit?.({ ...staged, content: contentOf(options, format, schema) });
    }
    format.check(fileSchema(options, schema, output), options.format.options);
  },

  async open(context): Promise<SinkWriter<undefined>> {
    const { options, schema, output, runId, write, attempt, signal } = context;
    const [store, format] = await Promise.all([storeOf(options), formatOf(options)]);
    const isEmpty = schema.fields.length === 0;
    const files = createAttemptFiles({
      format,
      formatOptions: options.format.options,
      store,
      staged: stagedContext(context, signal),
      schema: isEmpty ? schema : fileSchema(options, schema, output),
      maxBufferedBytes: options.maxBufferedBytes,
    });
    const extension = checkExtension(format.extension(options.format.options), format.name);
    const nameOf = (index: number): string => partName({ runId, write, attempt, extension }, index);
    const { partitionBy, maxPartRows, maxPartBytes, maxPartAgeMs, minPartBytes } = options;
    const clock = systemClock;
    if (partitionBy.length > 0 && !isEmpty) {
      const { maxOpenPartitions, maxPartitions, waitingBytes: bufferBytes } = options;
      const limits = {
        maxPartRows,
        maxPartBytes,
        maxPartAgeMs,
        minPartBytes,
        clock,
        maxOpenPartitions,
        maxPartitions,
        bufferBytes,
      };
      return createPartitionedWriter({ output, files, signal, schema, partitionBy, nameOf, ...limits });
    }
    const isSingle = options.kind === 'file';
    return createPlainWriter({
      output,
      files,
      signal,
      pathOf: isSingle ? () => fileNameOf(options) : nameOf,
      maxPartRows: isSingle ? undefined : maxPartRows,
      maxPartBytes: isSingle ? undefined : maxPartBytes,
      maxPartAgeMs: isSingle ? undefined : maxPartAgeMs,
      clock,
      emptyFile: isSingle || !isEmpty,
    });
  },

  async commit(context): Promise<Committed> {
    const store = await storeOf(context.options);
    const manifest = await checkedManifest(context);
    await store.commit({ ...stagedContext(context, context.signal), manifest });
    return committedOf(context);
  },

  async verify(context): Promise<Committed | undefined> {
    const store = await storeOf(context.options);
    const isPublished = await store.verify(stagedContext(context, context.signal));
    return isPublished ? committedOf(context) : undefined;
  },

  async abort(context): Promise<void> {
    const store = await storeOf(context.options);
    await store.abort(stagedContext(context, new AbortController().signal));
  },

  async group(options): Promise<SinkGroup<FileSinkSettings, FileStaging, undefined> | undefined> {
    // The marks of a group do not tell of files that are replaced.
    if (options.replaces !== undefined) return undefined;
    const { group } = await storeOf(options);
    if (group === undefined) return undefined;
    return {
      kind: group.kind,
      place: (context) => group.place(stagedContext(context, context.signal)),
      open: (context) => group.open({ ...stagedContext(context, context.signal), group: context.group }),
      async prepare(context) {
        const manifest = await checkedManifest(context);
        await group.prepare({
          ...stagedContext(context, context.signal),
          manifest,
          group: context.group,
        });
      },
      decide: (context) => group.decide({ ...stagedContext(context, context.signal), group: context.group }),
    };
  },
});
export default definition;

function contentOf(
  options: FileSinkSettings,
  format: FormatDefinition,
  schema: Schema | undefined,
): StoreContent {
  const dialect = dialectOf(format, options.format.options);
  const known = { format: format.name, partitionBy: options.partitionBy, dialect };
  if (schema === undefined) return known;
  return { ...known, schema: describeSchema(schema), columns: columnsOf(schema) };
}

function storeOf(options: FileSinkSettings): Promise<StoreDefinition> {
  return loadModule<StoreDefinition>(options.store, 'store');
}

function formatOf(options: FileSinkSettings): Promise<FormatDefinition> {
  return loadModule<FormatDefinition>(options.format, 'format');
}

function stagedContext(
  { options, runId, output, key, staging }: FileContext,
  signal: AbortSignal,
): StagedContext<unknown, unknown> {
  const { path, kind, mode, publish, keepGenerations, keepGenerationsMs, adopt, takeOver, replaces } =
    options;
  const ways = { publish, keepGenerations, keepGenerationsMs, adopt, takeOver };
  const target = { path, kind, mode, runId, output, key, ...ways, replaces };
  return { options: options.store.options, target, staging: staging.store, signal };
}

/** Stores came before some modes: one that does not say that it knows them would take them for another. */
function checkSupport(
  { name, supports = [] }: StoreDefinition,
  settings: FileSinkSettings,
  output: string,
): void {
  const { mode, publish, path, replaces } = settings;
  const wanted = [
    ...(replaces === undefined ? [] : ([['replaces', 'files that are replaced']] as const)),
    ...(mode === 'overwritePartitions' ? ([['overwritePartitions', `mode "${mode}"`]] as const) : []),
    ...(publish === 'generations' ? ([['generations', `publish: "${publish}"`]] as const) : []),
  ];
  for (const [ability, option] of wanted) {
    if (supports.includes(ability)) continue;
    const message = `Output "${output}" cannot go to ${path}: the store ${name} does not know ${option}. Leave it out.`;
    throw new PlanError(message, { operation: 'begin output', context: { output, path } });
  }
}

function blindStore(
  store: string,
  { options, output }: Pick<FileContext, 'options' | 'output'>,
): TailraceError {
  return new TailraceError(
    `Output "${output}" cannot be part of a resumed job: the store ${store} does not tell what is published at ` +
      `${options.path}. Give the store a \`published\`, write to a local path, or run without resume.`,
    { code: 'PLAN_INVALID', operation: 'resume output', context: { output, path: options.path } },
  );
}

/** The columns that stay in the files. Throws SCHEMA_INVALID when a partition column is missing, or none would stay. */
function fileSchema({ partitionBy }: FileSinkSettings, schema: Schema, output: string): Schema {
  if (partitionBy.length === 0) return schema;
  const missing = partitionBy.filter((name) => !schema.fields.some((field) => field.name === name));
  const fields = schema.fields.filter((field) => !partitionBy.includes(field.name));
  ensurePartitionTypes(schema, partitionBy);
  if (missing.length === 0 && fields.length > 0) return { fields };
  const columns = describeSchema(schema);
  const problem =
    missing.length > 0
      ? `is partitioned by ${missing.join(', ')}, but its columns are ${columns}. Name columns that exist in partitionBy`
      : `is partitioned by all of its columns (${columns}), so that nothing would be left in its files. Leave one out`;
  throw new TailraceError(`Output "${output}" ${problem}.`, {
    code: 'SCHEMA_INVALID',
    operation: 'check schema',
    context: { output, partitionBy: partitionBy.join(', ') },
  });
}

/** What is published. Throws ENCODE_MISMATCH when a single file is not one. */
async function checkedManifest({
  options,
  output,
  runId,
  key,
  schema,
  prepared,
  rejected,
}: CommitContext<FileSinkSettings, FileStaging, undefined>): Promise<Manifest> {
  const format = await formatOf(options);
  const { partitionBy } = options;
  const inFiles = schema.fields.length === 0 ? schema : fileSchema(options, schema, output);
  const name = format.nameFor?.(inFiles, options.format.options) ?? format.name;
  const dialect = dialectOf(format, options.format.options);
  const described = { runId, output, key, format: name, dialect, schema, partitionBy };
  const manifest = manifestOf({ ...described, prepared, rejected });
  checkReplaced(output, options.replaces, manifest.files);
  if (options.kind === 'directory' || manifest.files.length === 1) return manifest;
  throw new TailraceError(
    `Output "${output}" is one file, ${options.path}, but ${manifest.files.length} were prepared. ` +
      `A sink that is declared single gets one write; report this.`,
    { code: 'ENCODE_MISMATCH', operation: 'commit output', context: { output, path: options.path } },
  );
}

function committedOf({
  prepared,
  rejected,
  staging,
}: Pick<
  CommitContext<FileSinkSettings, FileStaging, undefined>,
  'prepared' | 'rejected' | 'staging'
>): Committed {
  let rows = 0;
  let bytes = 0;
  let files = 0;
  for (const part of prepared) {
    rows += part.rows;
    bytes += part.bytes;
    files += part.files.length;
  }
  const refused = rejected === undefined ? {} : { rejected };
  return { rows, ...refused, bytes, files, ...(staging.notes.length === 0 ? {} : { notes: staging.notes }) };
}
