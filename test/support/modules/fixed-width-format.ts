// A format of lines in columns of a fixed width. It refuses what it could not write faithfully.
import { defineFormat, type FormatDefinition, TailraceError } from '@tailrace/core/sink';

export interface FixedWidthOptions {
  /** Characters per column. */
  readonly width: number;
}

const format: FormatDefinition<FixedWidthOptions> = defineFormat({
  name: 'fixed-width',
  extension: () => '.txt',
  check({ fields }, { width }) {
    const long = fields.find(({ name }) => name.length > width);
    if (long === undefined) return;
    throw new TailraceError(`The column ${long.name} is wider than ${width} characters. Raise width.`, {
      code: 'SCHEMA_INVALID',
      operation: 'check schema',
    });
  },
  open({ schema, options, out }) {
    const names = schema.fields.map(({ name }) => name);
    const line = (cells: readonly string[]): string =>
      `${cells
        .map((cell) => cell.padEnd(options.width))
        .join('')
        .trimEnd()}\n`;
    const encode = (text: string): void | Promise<void> => out.write(new TextEncoder().encode(text));
    let rows = 0;
    let last = encode(line(names));
    return {
      async write(batch) {
        await last;
        let text = '';
        // Any row is an object with its columns.
        for (const row of batch.toRows() as Iterable<Record<string, unknown>>) {
          text += line(names.map((name) => String(row[name] ?? '')));
          rows += 1;
        }
        last = encode(text);
      },
      async finish() {
        await last;
        return { rows };
      },
      abort() {},
      get encodedBytes() {
        return out.bytesWritten;
      },
    };
  },
});

export default format;
