// Owns a format: rows as a Markdown table, with columns as wide as their names. Copy it for a format of your own.
import {
  type DataType,
  defineFormat,
  describeType,
  type FormatDefinition,
  type Schema,
  TailraceError,
} from '@tailrace/core/sink';

export interface MarkdownOptions {
  /** What stands for null. */
  readonly nullText: string;
}

/** Columns whose values have a text of one line that tells them all apart. String would write anything. */
const kinds: ReadonlySet<DataType['kind']> = new Set([
  'bool',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'float16',
  'float32',
  'float64',
  'decimal',
  'timestamp',
  'date',
  'utf8',
  'dictionary',
]);

const format: FormatDefinition<MarkdownOptions> = defineFormat({
  name: 'markdown',
  extension: () => '.md',
  // What a reader must know and the table does not tell: it stands in the manifest, and tables that differ in it are not appended
  // to one another.
  dialect: ({ nullText }) => ({ nullText }),
  check({ fields }) {
    for (const { name, type } of fields) {
      if (kinds.has(type.kind)) continue;
      throw new TailraceError(
        `Column "${name}" is ${describeType(type)}, which a Markdown table has no text for. Leave it out.`,
        { code: 'SCHEMA_INVALID', operation: 'check schema', context: { column: name } },
      );
    }
  },
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
  if (value instanceof Date) return value.toISOString();
  const text = Object.is(value, -0) ? '-0' : String(value);
  // Text that would be read as null has one more backslash before it; markup is written as Markdown shows it again.
  const before = text.endsWith(nullText) ? text.slice(0, text.length - nullText.length) : 'more';
  return (/^\\*$/.test(before) ? `\\${text}` : text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('|', '\\|')
    .replaceAll('\r', '&#13;')
    .replaceAll('\n', '<br>');
}
