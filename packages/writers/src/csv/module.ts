// Owns the CSV format as worker threads load it.
import { defineFormat, type FormatDefinition } from '@tailrace/core/sink';
import { endingOf } from '../compress/compression.js';
import { textEncoder } from '../text/text-encoder.js';
import { csvTypes } from '../types/csv-types.js';
import { ensureTypes } from '../types/ensure-types.js';
import { refusedColumn } from '../types/refused-column.js';
import { csvLayout } from './layout.js';
import type { CsvFormatOptions } from './options.js';

const csvFormat: FormatDefinition<CsvFormatOptions> = defineFormat<CsvFormatOptions>({
  name: 'csv',
  extension: (options) => `.csv${endingOf(options)}`,
  dialect: ({ delimiter, header, nullText, decimalSeparator, timestamps, dates, formulaGuard }) => {
    const guarded = formulaGuard ? { formulaGuard } : {};
    return { delimiter, header, nullText, decimalSeparator, timestamps, dates, ...guarded };
  },
  check(schema, options) {
    ensureTypes('CSV', csvTypes, schema);
    const [first, ...others] = schema.fields;
    if (first?.nullable === true && others.length === 0 && options.nullText === '') {
      throw refusedColumn(
        first.name,
        `CSV cannot hold nulls of the only column "${first.name}": the line would be empty, and readers skip empty lines. ` +
          `Set nullText, for example csv(path, { nullText: '\\\\N' }).`,
      );
    }
  },
  open: (context) => textEncoder(context, csvLayout(context.schema, context.options)),
});

export default csvFormat;
