// Owns what is done to values of CSV that are no text: quotes around them where all cells have some, and a comma for the point.
import type { DataType } from '@tailrace/core/sink';
import type { PutCell, ValueText } from '../text/column-text.js';
import type { Dress } from '../text/dialect.js';
import type { CsvFormatOptions } from './options.js';

const quote = 34;
const comma = 44;
const point = 46;

export function dressOf(type: DataType, options: CsvFormatOptions): Dress | undefined {
  const isQuoted = needsQuotes(type, options);
  const hasComma = options.decimalSeparator === ',' && hasPoint(type);
  if (!isQuoted && !hasComma) return undefined;
  return {
    lead: isQuoted ? Uint8Array.of(quote) : new Uint8Array(0),
    wrap: (text) => ({
      ...text,
      put: putDressed,
      data: { text, isQuoted, hasComma } satisfies Dressed,
      widest: (from, to) => text.widest(from, to) + 1,
      bytes: (row) => text.bytes(row) + 1,
    }),
  };
}

/** What the text layer does not quote of itself. */
function needsQuotes(type: DataType, { quotes, timestamps, dates }: CsvFormatOptions): boolean {
  switch (type.kind) {
    case 'bool':
      return quotes !== 'needed';
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
    case 'uint8':
    case 'uint16':
    case 'uint32':
    case 'uint64':
    case 'float16':
    case 'float32':
    case 'float64':
    case 'decimal':
    case 'duration':
      return quotes === 'all';
    case 'timestamp':
      return timestamps === 'count' && quotes === 'all';
    case 'date':
      return dates === 'count' && quotes === 'all';
    case 'time':
    case 'utf8':
    case 'binary':
    case 'fixed_binary':
    case 'dictionary':
    case 'null':
    case 'list':
    case 'fixed_list':
    case 'struct':
    case 'map':
      return false;
  }
}

function hasPoint({ kind }: DataType): boolean {
  return kind === 'float16' || kind === 'float32' || kind === 'float64' || kind === 'decimal';
}

interface Dressed {
  readonly text: ValueText;
  readonly isQuoted: boolean;
  readonly hasComma: boolean;
}

const putDressed: PutCell<unknown> = (out, at, row, data) => {
  // Only ever called with what `wrap` has made.
  const { text, isQuoted, hasComma } = data as Dressed;
  const end = text.put(out, at, row, text.data);
  if (hasComma) {
    for (let index = at; index < end; index++) {
      if (out.bytes[index] !== point) continue;
      out.bytes[index] = comma;
      break;
    }
  }
  if (!isQuoted) return end;
  out.bytes[end] = quote;
  return end + 1;
};
