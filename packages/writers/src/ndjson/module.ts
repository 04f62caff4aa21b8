// Owns the NDJSON format as worker threads load it.
import { defineFormat, type FormatDefinition } from '@tailrace/core/sink';
import { endingOf } from '../compress/compression.js';
import { textEncoder } from '../text/text-encoder.js';
import { ensureTypes } from '../types/ensure-types.js';
import type { Refusal } from '../types/mapping.js';
import { ndjsonTypes } from '../types/ndjson-types.js';
import { nameOfTwo, refusedColumn } from '../types/refused-column.js';
import { ndjsonLayout } from './layout.js';
import type { NdjsonFormatOptions } from './options.js';

const refusal: Refusal = {
  because: "its option binary is 'refuse'",
  instead: "Write bytes as text with binary: 'base64' or 'hex', or leave the column out.",
};
const noBytes = { binary: refusal, fixed_binary: refusal };

const ndjsonFormat: FormatDefinition<NdjsonFormatOptions> = defineFormat<NdjsonFormatOptions>({
  name: 'ndjson',
  extension: (options) => `.ndjson${endingOf(options)}`,
  dialect: ({ bigint, nonFinite, binary }) => ({ bigint, nonFinite, binary }),
  check(schema, { binary }) {
    const twice = nameOfTwo(schema);
    if (twice !== undefined) {
      throw refusedColumn(
        twice,
        `Two columns are named "${twice}", and a JSON object keeps only one; rename one of them.`,
      );
    }
    ensureTypes('NDJSON', binary === 'refuse' ? { ...ndjsonTypes, ...noBytes } : ndjsonTypes, schema);
  },
  open: (context) => textEncoder(context, ndjsonLayout(context.schema, context.options)),
});

export default ndjsonFormat;
