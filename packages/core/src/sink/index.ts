// Owns the public entry for authors of sinks, formats and stores; light: neither RxJS nor XState.

// What an author writes: one of these, as the default export of a module

export type { ByteSink, Dialect, EncodeContext, Encoder, FormatDefinition } from './format.js';
export { defineFormat } from './format.js';
export type { Group, GroupHalf } from './group.js';
export type {
  AbortContext,
  ActorMove,
  BeginContext,
  Begun,
  CheckContext,
  CommitContext,
  Committed,
  InspectSinkActor,
  OpenContext,
  OutputInfo,
  Prepared,
  Publication,
  PublishWay,
  ReplacedFile,
  Sink,
  SinkDefinition,
  SinkGroup,
  SinkLocation,
  SinkWriter,
  StagedFile,
  WriteMode,
} from './sink.js';
export { defineSink } from './sink.js';
export type {
  Manifest,
  ManifestCommit,
  StagedContext,
  StoreAbility,
  StoreBegun,
  StoreContent,
  StoreContext,
  StoreDefinition,
  StoredFile,
  StoredName,
  StoreFile,
  StoreFiles,
  StoreGroup,
  StoreTarget,
  StoreVersion,
} from './store.js';
export { defineStore } from './store.js';

// What makes a sink of it

export { type CustomSinkDeclaration, customFormat, customSink, customStore, files } from './custom-sink.js';
export { localStore } from './file/built-in-module.js';
export { isOneFile } from './file/file-place.js';
export { type FileSinkInit, type FileSinkOptions, fileSink } from './file/file-sink.js';
export { onlyStore, type StoreOfScheme } from './file/store-of-scheme.js';
export { type StoreUrl, secretOfUrl, storeUrl } from './file/store-url.js';
export { type Definition, loadModule, type ModuleKind } from './load.js';
export { type ModuleRef, moduleRef } from './module-ref.js';

// Batches and their columns

export { ipcStreamWith, recordBatchWith } from '../batch/arrow-convert.js';
export { columnDataOf } from '../batch/arrow-import.js';
export { type ArrowForms, schemaWith } from '../batch/arrow-schema.js';
export { type ArrowModule, arrowSchemaWith, formKey, formOf } from '../batch/arrow-types.js';
export type { Batch, BatchData, ColumnData, ColumnValues, DictionaryData } from '../batch/batch.js';
export { batchData } from '../batch/batch.js';
export { batchOfRows } from '../batch/batch-of-rows.js';
export { columnReader } from '../batch/column-reader.js';
export { formatDecimal, readWords } from '../batch/decimal-words.js';
export { numberOfHalf } from '../batch/float16.js';
export { gather } from '../batch/gather.js';
export {
  type InnerColumn,
  innerColumns,
  isNested,
  type Layout,
  layoutOf,
  type ValuesArray,
} from '../batch/layout.js';
export type { ColumnReader } from '../batch/nested-reader.js';
export type { DataType, Field, KindOf, Schema, TimeUnit } from '../batch/schema.js';
export { describeSchema, describeType, entriesOf, sameType } from '../batch/schema.js';

// Errors

export { checkKinds, type OptionKind, shownOption } from '../errors/check-options.js';
export { CancelledError, ConflictError, PlanError, ValueError } from '../errors/named-errors.js';
export {
  type ErrorCode,
  type ErrorContext,
  type ErrorStatus,
  isTailraceError,
  messageOf,
  TailraceError,
  type TailraceErrorInit,
  toTailraceError,
} from '../errors/tailrace-error.js';
