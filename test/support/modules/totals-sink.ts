// A sink that keeps no rows: every write adds up a column, and the commit puts the totals into one file, which appears
// whole or not at all.
import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { defineSink } from '@tailrace/core/sink';

export interface TotalsOptions {
  readonly path: string;
  /** Column of numbers. */
  readonly column: string;
}

/** What a write hands over to the commit. */
interface Part {
  readonly write: number;
  readonly total: number;
}

export default defineSink<TotalsOptions, { readonly temporary: string }, Part>({
  name: 'totals',
  async begin({ options, runId }) {
    const temporary = join(dirname(options.path), `.${basename(options.path)}.stage-${runId}`);
    const isThere = (await readdir(dirname(options.path))).includes(basename(options.path));
    return isThere ? { skip: true } : { skip: false, staging: { temporary } };
  },
  check({ options, schema, output }) {
    const field = schema.fields.find(({ name }) => name === options.column);
    if (field?.type.kind === 'float64' || field?.type.kind === 'int32') return;
    throw new Error(`Output ${output} has no numbers in a column ${options.column}.`);
  },
  async open({ options, write }) {
    let rows = 0;
    let total = 0;
    return {
      write(batch) {
        // Any row is an object with its columns, and the schema was checked.
        for (const row of batch.toRows() as Iterable<Record<string, number>>)
          total += row[options.column] ?? 0;
        rows += batch.rows;
      },
      prepare: async () => ({ rows, bytes: 0, files: [], part: { write, total } }),
      async abort() {},
    };
  },
  async commit({ options, staging, prepared }) {
    const text = JSON.stringify(prepared.map(({ part }) => part));
    await writeFile(staging.temporary, text);
    await rename(staging.temporary, options.path);
    return { rows: prepared.reduce((sum, { rows }) => sum + rows, 0), bytes: text.length, files: 1 };
  },
  abort: ({ staging }) => rm(staging.temporary, { force: true }),
});
