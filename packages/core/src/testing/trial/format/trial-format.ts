// Owns a small sound format that the broken ones are derived from: one JSON array per row, with words for what JSON lacks.
// Rows are gathered up to half of what may be held back.
import { TailraceError } from '../../../errors/tailrace-error.js';
import type { EncodeContext, Encoder, FormatDefinition } from '../../../sink/format.js';

/** The places where the broken formats differ. */
export interface TrialWays {
  /** The text of a value; JSON has none for some. */
  cell(value: unknown): unknown;
  /** Bytes that are gathered before they are handed over. */
  gatherBytes(maxBufferedBytes: number): number;
}

/**
 * `-0`, `NaN`, bigint, Date, bytes and whatever has items as `['number', '-0']`; everything else is JSON already, and no
 * other cell is an array.
 */
export function faithfulCell(value: unknown): unknown {
  if (typeof value === 'bigint') return ['bigint', String(value)];
  if (value instanceof Date) return ['date', String(value.getTime())];
  if (value instanceof Uint8Array) return ['bytes', Buffer.from(value).toString('base64')];
  if (value instanceof Map) return ['map', ...[...value].flat().map(faithfulCell)];
  if (Array.isArray(value)) return ['list', ...value.map(faithfulCell)];
  if (typeof value === 'object' && value !== null) {
    return ['struct', ...Object.entries(value).flat().map(faithfulCell)];
  }
  const isPlain = typeof value !== 'number' || (Number.isFinite(value) && !Object.is(value, -0));
  return isPlain ? value : ['number', Object.is(value, -0) ? '-0' : String(value)];
}

const soundWays: TrialWays = {
  cell: faithfulCell,
  gatherBytes: (maxBufferedBytes) => maxBufferedBytes / 2,
};

/** Reads a file of the sound format. */
export function readTrial(bytes: Uint8Array, names: readonly string[]): readonly Record<string, unknown>[] {
  const lines = Buffer.from(bytes).toString().split('\n').slice(1, -1);
  return lines.map((line) => {
    // A line is what `faithfulCell` made of one row.
    const cells = JSON.parse(line) as unknown[];
    return Object.fromEntries(names.map((name, at) => [name, cellFrom(cells[at])]));
  });
}

function cellFrom(cell: unknown): unknown {
  if (!Array.isArray(cell)) return cell;
  const [kind, ...rest] = cell;
  const text = String(rest[0]);
  switch (kind) {
    case 'bigint':
      return BigInt(text);
    case 'date':
      return new Date(Number(text));
    case 'bytes':
      return new Uint8Array(Buffer.from(text, 'base64'));
    case 'list':
      return rest.map(cellFrom);
    case 'map':
      return new Map(pairsOf(rest));
    case 'struct':
      return Object.fromEntries(pairsOf(rest));
    default:
      return Number(text);
  }
}

function pairsOf(flat: readonly unknown[]): [PropertyKey, unknown][] {
  return Array.from({ length: flat.length / 2 }, (_, at) => {
    // Names of properties are strings; keys of maps may be anything, which only types would object to.
    const key = cellFrom(flat[2 * at]) as PropertyKey;
    return [key, cellFrom(flat[2 * at + 1])];
  });
}

export function openTrial(
  { schema, out, maxBufferedBytes }: EncodeContext<unknown>,
  changes: Partial<TrialWays> = {},
): Encoder {
  const { cell, gatherBytes } = { ...soundWays, ...changes };
  const names = schema.fields.map(({ name }) => name);
  const limit = gatherBytes(maxBufferedBytes);
  let held: string[] = [`${JSON.stringify(names)}\n`];
  let heldBytes = Buffer.byteLength(held[0] ?? '');
  let rows = 0;
  const flush = async (): Promise<void> => {
    const bytes = Buffer.from(held.join(''));
    held = [];
    heldBytes = 0;
    await out.write(bytes);
  };
  return {
    get encodedBytes() {
      return out.bytesWritten + heldBytes;
    },
    async write(batch) {
      // Any row is an object with its columns.
      for (const row of batch.toRows() as Iterable<Readonly<Record<string, unknown>>>) {
        const line = `${JSON.stringify(names.map((name) => cell(row[name])))}\n`;
        held.push(line);
        heldBytes += Buffer.byteLength(line);
        rows += 1;
        if (heldBytes >= limit) await flush();
      }
    },
    async finish() {
      await flush();
      return { rows };
    },
    abort() {
      held = [];
      heldBytes = 0;
    },
  };
}

export const trialFormat: FormatDefinition = {
  name: 'trial',
  extension: () => '.trial',
  check({ fields }) {
    if (fields.length > 0) return;
    throw new TailraceError('The trial format needs columns. Declare a schema.', {
      code: 'SCHEMA_INVALID',
      operation: 'check schema',
    });
  },
  open: (context) => openTrial(context),
};
