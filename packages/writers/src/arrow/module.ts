// Owns the Arrow IPC format as worker threads load it.
import { defineFormat, type FormatDefinition } from '@tailrace/core/sink';
import { endingOf } from '../compress/compression.js';
import { arrowTypes } from '../types/arrow-types.js';
import { ensureTypes } from '../types/ensure-types.js';
import { nameOfTwo, refusedColumn } from '../types/refused-column.js';
import type { ArrowFormatOptions } from './options.js';

const arrowFormat: FormatDefinition<ArrowFormatOptions> = defineFormat<ArrowFormatOptions>({
  name: 'arrow',
  extension: (options) => `${options.as === 'stream' ? '.arrows' : '.arrow'}${endingOf(options)}`,
  check(schema) {
    ensureTypes('Arrow', arrowTypes, schema);
    const twice = nameOfTwo(schema);
    if (twice !== undefined) {
      throw refusedColumn(
        twice,
        `Two columns are named "${twice}", which readers of Arrow cannot tell apart; rename one.`,
      );
    }
  },
  async open(context) {
    // The main thread loads this module for `check` alone.
    const { arrowEncoder } = await import('./encoder.js');
    if (context.options.buffers === 'none') return arrowEncoder(context);
    const { zstdCompressor } = await import('../parquet/encode/zstd.js');
    const { zstdWithChecksum } = await import('../compress/zstd-checksum.js');
    return arrowEncoder(context, await zstdWithChecksum(await zstdCompressor()));
  },
});

export default arrowFormat;
