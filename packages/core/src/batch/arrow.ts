// Owns the public way between batches and apache-arrow, and is the one file that imports that library: load it only
// where Arrow objects are wanted.
import * as arrow from 'apache-arrow';
import { ipcStreamWith, recordBatchWith } from './arrow-convert.js';
import { batchDataWith } from './arrow-import.js';
import { type ArrowForms, schemaWith } from './arrow-schema.js';
import { arrowSchemaWith } from './arrow-types.js';
import type { BatchData } from './batch-data.js';
import type { Schema } from './schema.js';

/** The Arrow schema of ours; JavaScript forms are kept in the metadata of its fields. */
export function arrowSchema(schema: Schema): arrow.Schema {
  return arrowSchemaWith(arrow, schema);
}

/** Our schema of an Arrow one. Throws SCHEMA_INVALID naming the first column that has no type of ours. */
export function schemaFromArrow(schema: arrow.Schema, forms?: ArrowForms): Schema {
  return schemaWith(arrow, schema, forms);
}

/** An Arrow record batch on the same shared memory: nothing is copied, so it lives as long as the batch. */
export function toRecordBatch(data: BatchData): arrow.RecordBatch {
  return recordBatchWith(arrow, data);
}

/**
 * Batches of one schema as an Arrow IPC stream, in memory of its own. Dictionary columns of several batches get one
 * dictionary. `schema` is needed when there are no batches.
 */
export function toIpcStream(datas: readonly BatchData[], schema?: Schema): Uint8Array {
  return ipcStreamWith(arrow, datas, schema);
}

/**
 * A copy of a record batch in shared memory, charged to no budget. Throws SCHEMA_INVALID naming column and type for what is
 * not one of our types: nothing is widened or cast.
 * @param allocate gives the memory, in one piece
 */
export function fromRecordBatch(
  batch: arrow.RecordBatch,
  forms?: ArrowForms,
  allocate?: (bytes: number) => SharedArrayBuffer,
): BatchData {
  return batchDataWith(arrow, batch, forms, allocate);
}
