// Owns the rows that tests of files in stores read: they are told apart by their ids.
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, at) => `{"id":${from + at}}\n`).join('');
/** Row groups of 10,000 rows, and a column that no encoder makes small. */
export const table = (groups: number): string =>
  `SELECT i::INTEGER AS id, md5(i::VARCHAR) AS text, i // 10000 AS part FROM range(${groups * 10_000}) t(i)`;
export const ids = (rows: readonly unknown[]): unknown[] =>
  rows.map((row) => (row as { readonly id: unknown }).id);
export const counted = (count: number, from = 0): number[] =>
  Array.from({ length: count }, (_, at) => from + at);
