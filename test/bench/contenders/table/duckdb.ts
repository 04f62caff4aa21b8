// Owns DuckDB in `columns` and `text`: COPY alone, with one thread, of a table in memory.
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { Table as ArrowTable, tableToIPC } from 'apache-arrow';
import { Table, writeParquet } from 'parquet-wasm';
import { eventBatches } from '../../data/event-arrow.js';
import { eventColumns } from '../../data/synthetic.js';
import type { OpenContender } from '../../harness/contender.js';
import { quoted } from '../../harness/read-back.js';
import type { TableForm, TableOptions, TableRound } from './contest.js';

export const open: OpenContender<TableOptions, TableRound> = async ({ rows, folder, parquetVersion }) => {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  // It has no way in for Arrow: a file brings the columns in, with their types.
  const file = join(folder, 'events.parquet');
  const ipc = tableToIPC(new ArrowTable(eventBatches(eventColumns(rows))), 'stream');
  await writeFile(file, writeParquet(Table.fromIPCStream(ipc)));
  await connection.run(`CREATE TABLE events AS SELECT * FROM read_parquet(${quoted(file)})`);
  await rm(file);
  return {
    async round({ path, form }) {
      await connection.run(`COPY events TO ${quoted(path)} (${settingsOf(form, parquetVersion)})`);
      return {};
    },
    async close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
};

function settingsOf(form: TableForm, version: TableOptions['parquetVersion']): string {
  switch (form.kind) {
    case 'parquet':
      return `FORMAT parquet, COMPRESSION ${form.compression}${version === undefined ? '' : `, PARQUET_VERSION ${version}`}`;
    case 'csv':
      return `FORMAT csv, HEADER, COMPRESSION ${form.gzip ? 'gzip' : 'none'}`;
    case 'ndjson':
      return `FORMAT json, COMPRESSION ${form.gzip ? 'gzip' : 'uncompressed'}`;
  }
}
