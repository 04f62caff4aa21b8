// The suite of every format, over this one: copy it with the format.
import type { DataType, Schema } from '@tailrace/core';
import { customFormat } from '@tailrace/core/sink';
import { testFormat } from '@tailrace/core/testing';
import { describe, it } from 'vitest';

/** By other means than the format's own code: without a reader, altered values are not seen. */
async function read(bytes: Uint8Array, { fields }: Schema): Promise<readonly Record<string, unknown>[]> {
  const lines = Buffer.from(bytes).toString().split('\n').slice(2, -1);
  return lines.map((line) => {
    const cells = line.split(/(?<!\\)\|/).slice(1, -1);
    return Object.fromEntries(
      fields.map(({ name, type }, at) => [name, valueFrom(type, (cells[at] ?? '').slice(1, -1))]),
    );
  });
}

function valueFrom(type: DataType, cell: string): unknown {
  if (cell === '–') return null;
  const text = cell
    .replaceAll('\\|', '|')
    .replaceAll('<br>', '\n')
    .replaceAll('&#13;', '\r')
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&');
  switch (type.kind) {
    case 'bool':
      return text === 'true';
    case 'int64':
    case 'uint64':
      return type.js === 'bigint' ? BigInt(text) : Number(text);
    case 'decimal':
      return type.js === 'bigint' ? BigInt(text) : text;
    case 'timestamp':
    case 'date':
      return new Date(text);
    case 'utf8':
    case 'dictionary':
      return /^\\+–$/.test(text) ? text.slice(1) : text;
    default:
      return Number(text);
  }
}

testFormat(
  { describe, it },
  {
    name: 'markdown',
    // The built module, as the worker threads load it.
    format: customFormat(new URL('../../dist/04-custom-format/formats/markdown-table.js', import.meta.url), {
      nullText: '–',
    }),
    refuses: ['time', 'duration', 'binary', 'fixed_binary', 'null', 'list', 'fixed_list', 'struct', 'map'],
    read,
  },
);
