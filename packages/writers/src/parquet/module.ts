// Owns the Parquet format of our own encoder as worker threads load it.
import { defineFormat, type FormatDefinition, type Schema } from '@tailrace/core/sink';
import { ensureTypes } from '../types/ensure-types.js';
import { parquetTypes, parquetWasmTypes } from '../types/parquet-types.js';
import { checkSchema } from './check-schema.js';
import { checkColumns } from './column-options.js';
import { formatNames } from './engine.js';
import type { ParquetFormatOptions } from './options.js';
import { isOwnSchema } from './own-types.js';
import { checkSorting } from './sort-guard.js';

/** Whether the encoder of this package writes a file; else parquet-wasm does, where no engine was declared. */
function isOwnFor(schema: Schema, { otherEngine = false }: ParquetFormatOptions): boolean {
  return !otherEngine || isOwnSchema(schema);
}

const parquetFormat: FormatDefinition<ParquetFormatOptions> = defineFormat<ParquetFormatOptions>({
  name: formatNames.tailrace,
  extension: () => '.parquet',
  nameFor: (schema, options) =>
    isOwnFor(schema, options) ? formatNames.tailrace : formatNames['parquet-wasm'],
  check(schema, options) {
    checkSchema(schema);
    checkColumns(schema, options.columns);
    checkSorting(schema, options.sortedBy);
    if (options.otherEngine === true) ensureTypes('Parquet', parquetWasmTypes, schema);
    else ensureTypes('the Parquet engine tailrace', parquetTypes, schema);
  },
  async open(context) {
    // The main thread loads this module for `check` alone.
    const { parquetEncoder } = await (isOwnFor(context.schema, context.options)
      ? import('./encode/encoder.js')
      : import('./wasm/encoder.js'));
    return parquetEncoder(context);
  },
});

export default parquetFormat;
