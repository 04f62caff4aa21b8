// Owns the public names of the sources that read files. No logic.
export {
  type ArrowFileOptions,
  type ArrowRow,
  type ReadArrowOptions,
  type ReadArrowSchema,
  readArrow,
} from './arrow/read-arrow.js';
export type { FileCompression } from './bytes/open-bytes.js';
export { type ReadCsvOptions, type ReadCsvSchema, readCsv } from './csv/read-csv.js';
export type { CsvForms } from './csv/written-form.js';
export {
  type CompactedRow,
  type CompactedSinkOptions,
  type CompactOptions,
  type CompactReport,
  compact,
} from './dataset/compact.js';
export type { DatasetFormat } from './dataset/file-readers.js';
export {
  type Dataset,
  type DatasetFile,
  type OpenDatasetOptions,
  type OpenDatasetSchema,
  openDataset,
} from './dataset/open-dataset.js';
export type { Comparison, ComparisonOperator, Predicate } from './dataset/predicate.js';
export type { WrittenCsv } from './dataset/written-csv.js';
export type { WrittenNdjson } from './dataset/written-ndjson.js';
export {
  type MsgpackRow,
  type ReadMsgpackOptions,
  type ReadMsgpackSchema,
  readMsgpack,
} from './msgpack/read-msgpack.js';
export {
  type Json,
  type ReadNdjsonOptions,
  type ReadNdjsonSchema,
  readNdjson,
} from './ndjson/read-ndjson.js';
export {
  type ParquetRow,
  type ParquetValue,
  type ReadParquetColumns,
  type ReadParquetOptions,
  type ReadParquetRows,
  type ReadParquetSchema,
  readParquet,
  schemaOfParquet,
} from './parquet/read-parquet.js';
export { type SchemaFromOptions, schemaFrom } from './schema-from.js';
export type { TextFileOptions } from './text/open-text.js';
export type { ColumnValue, ValueForms } from './value-forms.js';
