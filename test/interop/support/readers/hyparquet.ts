// Owns reading with hyparquet, with parsers that keep timestamps and days as they are stored.
import { type AsyncBuffer, type ParquetParsers, parquetRead } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import type { CellValue } from '../table.js';
import type { Reader } from './reader.js';

/** Its own parsers make Dates, which have no microseconds. */
export const storedParsers: Partial<ParquetParsers> = {
  timestampFromMilliseconds: (value: bigint) => value,
  timestampFromMicroseconds: (value: bigint) => value,
  timestampFromNanoseconds: (value: bigint) => value,
  dateFromDays: (days: number) => days,
};

/** The bytes where it looks for a file. */
export function asyncBuffer(bytes: Uint8Array): AsyncBuffer {
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer; // never shared
  return { byteLength: buffer.byteLength, slice: (start, end) => buffer.slice(start, end) };
}

export const hyparquetReader: Reader = {
  name: 'hyparquet',
  async read({ bytes }, { columns, rows }) {
    const made = new Map<string, CellValue[]>(columns.map(({ name }) => [name, []]));
    await parquetRead({
      file: asyncBuffer(bytes),
      compressors,
      parsers: storedParsers,
      onChunk({ columnName, columnData, rowStart }) {
        const cells = made.get(columnName);
        if (cells === undefined) throw new Error(`hyparquet gives a column ${JSON.stringify(columnName)}.`);
        for (let at = 0; at < columnData.length; at++) cells[rowStart + at] = columnData[at] ?? null;
      },
    });
    return columns.map(({ name }) => {
      const cells = made.get(name) ?? [];
      // A missing chunk would leave holes, which must not pass as nulls.
      return Array.from({ length: Math.max(rows, cells.length) }, (_, row) => {
        const value = cells[row];
        if (value === undefined)
          throw new Error(`hyparquet leaves out row ${row} of ${JSON.stringify(name)}.`);
        return value;
      });
    });
  },
};
