// Owns the Parquet format of the engine parquet-wasm as worker threads load it.
import { defineFormat, type FormatDefinition } from '@tailrace/core/sink';
import { ensureTypes } from '../../types/ensure-types.js';
import { parquetWasmTypes } from '../../types/parquet-types.js';
import { checkSchema } from '../check-schema.js';
import { checkColumns } from '../column-options.js';
import { formatNames } from '../engine.js';
import type { ParquetFormatOptions } from '../options.js';

const parquetWasmFormat: FormatDefinition<ParquetFormatOptions> = defineFormat<ParquetFormatOptions>({
  name: formatNames['parquet-wasm'],
  extension: () => '.parquet',
  check(schema, options) {
    checkSchema(schema);
    checkColumns(schema, options.columns);
    ensureTypes('the Parquet engine parquet-wasm', parquetWasmTypes, schema);
  },
  async open(context) {
    // The main thread loads this module for `check` alone: the engine stays in the workers.
    const { parquetEncoder } = await import('./encoder.js');
    return parquetEncoder(context);
  },
});

export default parquetWasmFormat;
