// Owns a format: rows as a Markdown table, with columns as wide as their names. Copy it for a format of your own.
import { defineFormat, type FormatDefinition, type Schema } from '@tailrace/core/sink';

export interface MarkdownOptions {
  /** What stands for null. */
  readonly nullText: string;
}

const format: FormatDefinition<MarkdownOptions> = defineFormat({
  name: 'markdown',
  extension: () => '.md',
  // Every value has a text, so there is no schema to refuse.
  check: () => {},
  async open({ schema, options, out }) {
    const names = schema.fields.map(({ name }) => name);
    let lines = 0;
    const put = async (rows: readonly string[]): Promise<void> => {
      await out.write(new TextEncoder().encode(rows.map((row) => `${row}\n`).join('')));
      lines += rows.length;
    };
    await put([line(names), line(alignments(schema))]);
    return {
      async write(batch) {
        const rows: string[] = [];
        // A row of any schema is an object with its columns.
        for (const row of batch.toRows() as Iterable<Record<string, unknown>>) {
          rows.push(line(names.map((name) => cell(row[name], options))));
        }
        await put(rows);
      },
      finish: async () => ({ rows: lines - 2 }),
      abort: () => {},
      get encodedBytes() {
        return out.bytesWritten;
      },
    };
  },
});

export default format;

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function alignments({ fields }: Schema): string[] {
  const numbers = ['int32', 'int64', 'float64'];
  return fields.map(({ type }) => (numbers.includes(type.kind) ? '---:' : '---'));
}

function cell(value: unknown, { nullText }: MarkdownOptions): string {
  if (value === null) return nullText;
  const text = value instanceof Date ? value.toISOString() : String(value);
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replaceAll(/\r\n|\r|\n/g, '<br>');
}
