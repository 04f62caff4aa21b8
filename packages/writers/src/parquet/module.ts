// Owns the Parquet format as worker threads load it.
import { defineFormat, type FormatDefinition, TailraceError } from '@tailrace/core/sink';
import type { ParquetFormatOptions } from './options.js';

const parquetFormat: FormatDefinition<ParquetFormatOptions> = defineFormat<ParquetFormatOptions>({
  name: 'parquet (parquet-wasm)',
  extension: () => '.parquet',
  check(schema) {
    const names = new Set<string>();
    for (const { name } of schema.fields) {
      if (name !== '' && !names.has(name)) {
        names.add(name);
        continue;
      }
      const problem = name === '' ? 'A column has no name' : `Two columns are named "${name}"`;
      throw new TailraceError(`${problem}, which readers of Parquet cannot tell apart; rename it.`, {
        code: 'SCHEMA_INVALID',
        operation: 'check schema',
        context: { column: name },
      });
    }
    if (names.size === 0) {
      throw new TailraceError(
        'A Parquet file needs at least one column. Declare the schema of the stage, as none could be inferred without rows.',
        { code: 'SCHEMA_INVALID', operation: 'check schema' },
      );
    }
  },
  async open(context) {
    // The main thread loads this module for `check` alone: the engine stays in the workers.
    const { parquetEncoder } = await import('./encoder.js');
    return parquetEncoder(context);
  },
});

export default parquetFormat;
