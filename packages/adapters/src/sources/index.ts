// Owns the public names of the sources that read files. No logic.

export type { ValueForms } from './parquet/column-types.js';
export {
  type ParquetRow,
  type ParquetValue,
  type ReadParquetColumns,
  type ReadParquetOptions,
  type ReadParquetSchema,
  readParquet,
  schemaOfParquet,
} from './parquet/read-parquet.js';
