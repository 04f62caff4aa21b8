// Owns the public names of core: everything a user declares, runs and catches. No logic.

// Pipelines

export type { Advice, AdviceKind } from './pipeline/advice.js';
export { deadLetter } from './pipeline/dead-letter.js';
export type { Flow } from './pipeline/declare.js';
export type {
  EdgeDescription,
  NodeDescription,
  OutputDescription,
  PipelineDescription,
} from './pipeline/describe.js';
export type {
  DeadLetter,
  DeadLetterOptions,
  GraphGroup,
  NodeKind,
  OnBadRow,
  StageOptions,
  WriteOptions,
} from './pipeline/graph.js';
export type { OutputRef, Stage, Streams } from './pipeline/handle.js';
export type { NodeState } from './pipeline/node.js';
export { type Pipeline, type PipelineOptions, pipeline } from './pipeline/pipeline.js';
export type { RunProgress, SourceProgress, StageProgress } from './pipeline/progress.js';
export type { GroupReport, Report } from './pipeline/report.js';
export type { Run, RunOptions } from './pipeline/run-contract.js';
export { handleSignals, type SignalOptions, type SignalTarget } from './pipeline/signals.js';
export type { StageStats } from './pipeline/stats.js';

// Sources and gated operators

export { type FromIterableOptions, fromChunks, fromIterable } from './source/from-iterable.js';
export {
  type FromObservableOptions,
  fromObservable,
  type PushSource,
} from './source/from-observable.js';
export { type FromStreamOptions, fromStream, type StreamElements } from './source/from-stream.js';
export { type MapAsyncOptions, mapAsync } from './source/map-async.js';
export {
  type BufferLimit,
  buffer,
  dropNewest,
  dropOldest,
  fail,
  type OverflowKind,
  type OverflowPolicy,
  type SpillOptions,
  spill,
} from './source/overflow.js';
export { pulled } from './source/pulled.js';
export { repeat } from './source/repeat.js';
export type { Opening, PushStats, Source } from './source/source.js';

// Schemas

export { checkSchema } from './batch/check-schema.js';
export {
  binary,
  type DecimalOptions,
  decimal,
  duration,
  type FloatOptions,
  fixedSizeBinary,
  float16,
  float32,
  int8,
  int16,
  largeBinary,
  largeUtf8,
  nullType,
  time,
  uint8,
  uint16,
  uint32,
  uint64,
} from './batch/flat-types.js';
export { fixedSizeList, largeList, list, map, struct } from './batch/nested-types.js';
export {
  bool,
  type ColumnType,
  type DataType,
  date,
  defineSchema,
  describeSchema,
  describeType,
  dictionary,
  type Field,
  float64,
  int32,
  int64,
  nullable,
  type RowOfColumns,
  type Schema,
  sameType,
  type TimestampOptions,
  type TimeUnit,
  timestamp,
  utf8,
} from './batch/schema.js';
export { inferSchema } from './materialise/infer.js';

// Batches and datasets

export {
  type Batch,
  type BatchData,
  type ColumnData,
  type ColumnValues,
  type DictionaryData,
  isBatch,
  type RowOf,
} from './batch/batch.js';
export {
  type HasRowsOf,
  type RowsElsewhere,
  type RowsHere,
  rowsElsewhere,
  type Taker,
  type TakesRowsFrom,
  type TakesRowsOf,
  takenBy,
} from './batch/rows-elsewhere.js';
export type { BudgetOptions } from './budget/budget.js';
export type { BadRow } from './materialise/bad-row.js';
export type { BatchOptions } from './materialise/batch-builder.js';
export { createMemory, type MemoryOptions } from './materialise/create-memory.js';
export { isMaterialised } from './materialise/dataset.js';
export { whenStageOver } from './materialise/flow-context.js';
export { type MaterialiseOptions, materialise } from './materialise/materialise.js';
export type { Materialised } from './materialise/materialised.js';
export type { Memory, SpilledBatch } from './materialise/memory.js';
export type { Overflow } from './materialise/relieve.js';
export type { ScratchFs } from './materialise/scratch.js';
export { type ToBatchesOptions, toBatches } from './materialise/to-batches.js';

// Sinks, formats and stores

export { nullPartition, unescapeText as unescapePartition } from './partition/escape.js';
export {
  type CustomSinkDeclaration,
  customFormat,
  customSink,
  customStore,
  files,
} from './sink/custom-sink.js';
export { type FileSinkInit, type FileSinkOptions, fileSink } from './sink/file/file-sink.js';
export type { StoreOfScheme } from './sink/file/store-of-scheme.js';
export { defineFormat } from './sink/format.js';
export { type ModuleRef, moduleRef } from './sink/module-ref.js';
export { defineSink, type PublishWay, type Sink, type WriteMode } from './sink/sink.js';
export { defineStore, type Manifest } from './sink/store.js';
export { decodeManifest } from './store/manifest.js';

// Pools

export type { OutputFeed } from './output/feed.js';
export type {
  DrainOptions,
  OutputHandle,
  Pool,
  PoolOptions,
  PoolStats,
  SubmitOptions,
} from './pool/contract.js';
export type { WorkerStats } from './pool/core.js';
export type { OutputProgress, OutputReport, OutputState, WriteCounts } from './pool/output-report.js';
export { createPool } from './pool/pool.js';
export type { OutputOptions } from './pool/settings.js';
export type { StartThread, Thread, ThreadEvents } from './pool/thread.js';
export type { WorkerOptions } from './pool/worker-settings.js';
export { writeTo } from './pool/write-to.js';

// Retry

export type { RetryBudgetOptions } from './retry/budget.js';
export { type ExponentialOptions, exponential, type FixedOptions, fixed, none } from './retry/policies.js';
export type { RetryDecision, RetryPolicy } from './retry/policy.js';

// Errors

export { checkKinds, type OptionKind, shownOption } from './errors/check-options.js';
export {
  CancelledError,
  ConflictError,
  NondeterminismError,
  OverflowError,
  PlanError,
  ValueError,
  WorkerLost,
} from './errors/named-errors.js';
export {
  type ErrorCode,
  type ErrorContext,
  type ErrorStatus,
  errorCodes,
  isTailraceError,
  messageOf,
  TailraceError,
  type TailraceErrorInit,
} from './errors/tailrace-error.js';

// Inspection and time

export type { Inspector, UntoldInspection } from './inspect/remote-inspection.js';
export { type Clock, longestTurnMs, type Random, systemClock } from './time/clock.js';
