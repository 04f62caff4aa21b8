// Owns the Parquet format of the engine polars as worker threads load it.
import { defineFormat, type FormatDefinition } from '@tailrace/core/sink';
import { ensureTypes } from '../../types/ensure-types.js';
import { parquetPolarsTypes } from '../../types/parquet-polars-types.js';
import { checkSchema } from '../check-schema.js';
import { formatNames } from '../engine.js';
import type { ParquetFormatOptions } from '../options.js';

const parquetPolarsFormat: FormatDefinition<ParquetFormatOptions> = defineFormat<ParquetFormatOptions>({
  name: formatNames.polars,
  extension: () => '.parquet',
  check(schema) {
    checkSchema(schema);
    ensureTypes('the Parquet engine polars', parquetPolarsTypes, schema);
  },
  async open(context) {
    // The main thread loads this module for `check` alone: the engine stays in the workers.
    const { polarsEncoder } = await import('./encoder.js');
    return polarsEncoder(context);
  },
});

export default parquetPolarsFormat;
