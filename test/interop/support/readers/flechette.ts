// Owns reading Arrow IPC with flechette, which shares no code with the apache-arrow that writes it, and finds the
// batches of a file by its footer.
import { type Column, CompressionType, setCompressionCodec, Type, tableFromIPC } from '@uwdata/flechette';
import { decompressZstd } from 'hyparquet-compressors';

/** A batch of a column, as its accessors use it; its types leave out what is inherited. */
interface Part {
  readonly type: { readonly typeId: number };
  readonly values: ArrayLike<unknown>;
  readonly children?: readonly Part[];
  value(row: number): unknown;
}

setCompressionCodec(CompressionType.ZSTD, {
  // A copy here, too: what is unpacked may lie anywhere in a larger buffer.
  decode: (bytes) => Uint8Array.from(decompressZstd(bytes)),
  encode() {
    throw new Error('Nothing is written here.');
  },
});

export function flechetteRows(bytes: Uint8Array): readonly Readonly<Record<string, unknown>>[] {
  // A copy: it wants numbers of eight bytes at multiples of eight, as they are in the file.
  const exact = { useBigInt: true, useDecimalInt: true, useMap: true };
  const table = tableFromIPC(new Uint8Array(bytes), exact);
  const columns = table.names.map((name, at) => [name, valuesOf(table.getChildAt(at))] as const);
  return Array.from({ length: table.numRows }, (_, row) =>
    Object.fromEntries(columns.map(([name, values]) => [name, values[row]])),
  );
}

function valuesOf(column: Column<unknown>): unknown[] {
  // Its declarations name the batches without their members.
  for (const part of column.data as unknown as readonly Part[]) countTimes(part);
  return [...column];
}

/** Its timestamps are doubles of milliseconds; the counts that are stored take their place. */
function countTimes(part: Part): void {
  if (part.type.typeId === Type.Timestamp) part.value = (row) => part.values[row];
  for (const child of part.children ?? []) countTimes(child);
}
