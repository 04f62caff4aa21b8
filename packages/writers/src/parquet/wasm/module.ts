// Owns the Parquet format of the engine parquet-wasm as worker threads load it.
import { defineFormat, type FormatDefinition } from '@tailrace/core/sink';
import { checkSchema } from '../check-schema.js';
import type { ParquetFormatOptions } from '../options.js';

const parquetWasmFormat: FormatDefinition<ParquetFormatOptions> = defineFormat<ParquetFormatOptions>({
  name: 'parquet (parquet-wasm)',
  extension: () => '.parquet',
  check: checkSchema,
  async open(context) {
    // The main thread loads this module for `check` alone: the engine stays in the workers.
    const { parquetEncoder } = await import('./encoder.js');
    return parquetEncoder(context);
  },
});

export default parquetWasmFormat;
