// Owns the Parquet format of our own encoder as worker threads load it.
import { defineFormat, type FormatDefinition } from '@tailrace/core/sink';
import { checkSchema } from './check-schema.js';
import type { ParquetFormatOptions } from './options.js';

const parquetFormat: FormatDefinition<ParquetFormatOptions> = defineFormat<ParquetFormatOptions>({
  name: 'parquet (tailrace)',
  extension: () => '.parquet',
  check: checkSchema,
  async open(context) {
    // The main thread loads this module for `check` alone.
    const { parquetEncoder } = await import('./encode/encoder.js');
    return parquetEncoder(context);
  },
});

export default parquetFormat;
