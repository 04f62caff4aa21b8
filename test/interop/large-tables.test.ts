// Random tables of many rows, many columns or wide values: pages, row groups and dictionaries end for their own reasons.
import { describe, test } from 'vitest';
import { broadTables, longTables, turningTables, wideTables } from './support/drawn-tables.js';
import { engines } from './support/engines.js';
import { fuzz } from './support/fuzz.js';

describe.each(engines)('$engine', ({ engine, share }) => {
  const long = `${engine}: all readers agree on long tables`;
  test(long, { timeout: 540_000 }, () => fuzz(long, engine, longTables, Math.ceil(250 * share)));

  const turned = `${engine}: all readers agree on tables whose dictionaries are given up`;
  test(turned, { timeout: 540_000 }, () => fuzz(turned, engine, turningTables, Math.ceil(60 * share)));

  const broad = `${engine}: all readers agree on tables of many columns`;
  test(broad, { timeout: 540_000 }, () => fuzz(broad, engine, broadTables, Math.ceil(60 * share)));
});

// parquet-wasm is left out: its footer holds whole values as bounds, and such a file is refused (ENCODE_MISMATCH).
describe.each(engines.filter(({ engine }) => engine !== 'parquet-wasm'))('$engine', ({ engine, share }) => {
  const wide = `${engine}: all readers agree on tables with values larger than a page`;
  test(wide, { timeout: 540_000 }, () => fuzz(wide, engine, wideTables, Math.ceil(300 * share)));
});
