// Random small tables with text among their columns: every reader must find the values that were written.
import { describe, test } from 'vitest';
import { textTables } from './support/drawn-tables.js';
import { engines } from './support/engines.js';
import { fuzz } from './support/fuzz.js';

describe.each(engines)('$engine', ({ engine, share }) => {
  const name = `${engine}: all readers agree on small tables of text`;
  test(name, { timeout: 540_000 }, () => fuzz(name, engine, textTables, Math.ceil(10_000 * share)));
});
