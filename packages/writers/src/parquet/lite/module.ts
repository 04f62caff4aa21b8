// Owns the Parquet format of the engine parquetjs-lite as worker threads load it.
import { defineFormat, type FormatDefinition } from '@tailrace/core/sink';
import { ensureTypes } from '../../types/ensure-types.js';
import { parquetLiteTypes } from '../../types/parquet-lite-types.js';
import { checkSchema } from '../check-schema.js';
import { formatNames } from '../engine.js';
import type { ParquetFormatOptions } from '../options.js';
import { checkNames } from './check-names.js';

const parquetLiteFormat: FormatDefinition<ParquetFormatOptions> = defineFormat<ParquetFormatOptions>({
  name: formatNames['parquetjs-lite'],
  extension: () => '.parquet',
  check(schema, options) {
    checkSchema(schema);
    checkNames(schema, options.metadata);
    ensureTypes('the Parquet engine parquetjs-lite', parquetLiteTypes, schema);
  },
  async open(context) {
    // The main thread loads this module for `check` alone: the engine stays in the workers.
    const { liteEncoder } = await import('./encoder.js');
    return liteEncoder(context);
  },
});

export default parquetLiteFormat;
