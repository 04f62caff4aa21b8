// Owns the public names of the Spark client. No logic.
export type { ExecutionEvent } from './client/execution.js';
export type { SparkRetryOptions } from './client/retry.js';
export { type Outcome, SparkError, type SparkErrorInit } from './client/spark-error.js';
export type { BitsOf, KindOf, QuotientOf, SumOf } from './column/arithmetic.js';
export { Column, type ColumnOrName, col, lit, type Operand } from './column/column.js';
export type { LiteralValue } from './column/literal.js';
export { type WindowEnd, WindowSpec, window } from './column/window.js';
export type { CheckpointOptions } from './frame/checkpoint.js';
export {
  type Checkpoint,
  DataFrame,
  Grouped,
  type JoinType,
  type Row,
} from './frame/data-frame.js';
export type { ActionOptions, CallSettings, SparkProgress } from './frame/engine.js';
export type {
  CollectOptions,
  ExplainMode,
  FrameActions,
} from './frame/frame-actions.js';
export type { Joined } from './frame/joined.js';
export type { MissingValues } from './frame/missing-values.js';
export type { ColumnsOf, NamedColumns } from './frame/named-columns.js';
export type { FormatOptions } from './frame/options.js';
export type { UnpersistOptions } from './frame/persisting.js';
export type { FrameReader, ReadOptions } from './frame/reader.js';
export type { RowForms } from './frame/rows.js';
export type { SparkField } from './frame/spark-schema.js';
export type { Statistics } from './frame/statistics.js';
export type { StorageLevelName } from './frame/storage-level.js';
export type { FrameWriteOptions, FrameWriter, SaveMode, TableWriteOptions } from './frame/writer.js';
export { type FramesOptions, frames } from './pipeline/frames.js';
export { HeldFrame } from './pipeline/held-frame.js';
export {
  type MaterialiseFrameOptions,
  materialiseFrame,
  type Trigger,
} from './pipeline/materialise-frame.js';
export { type SparkFilesOptions, sparkFiles } from './pipeline/spark-files.js';
export type { SparkConf } from './session/conf.js';
export { connectSpark } from './session/session.js';
export type { SparkOptions } from './session/session-options.js';
export type { Interruption, RangeOptions, SparkSession, SqlArguments } from './session/spark-session.js';
