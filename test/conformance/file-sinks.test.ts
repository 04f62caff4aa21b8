// The suite that every sink must pass, over the file sinks of the writers on local files.
import type { Schema, Sink } from '@tailrace/core/sink';
import { type SinkPlace, sampleSchema, testSink } from '@tailrace/core/testing';
import { csv, ndjson, parquet } from '@tailrace/writers';
import { describe, it } from 'vitest';
import { query } from '../support/duckdb.js';
import { localPlace } from './local-place.js';
import { gunzipped, readCsv, readNdjson, readParquet } from './read-files.js';

/** A place with a sink on it, whose rows DuckDB counts. */
async function placeOf(
  name: string,
  sinkAt: (path: string) => Sink<never>,
  reader: (files: string) => string,
  read?: (bytes: Uint8Array, schema: Schema) => Promise<readonly unknown[]>,
): Promise<SinkPlace> {
  const place = await localPlace(name);
  const rows = async (): Promise<readonly unknown[]> => {
    const parts = await Promise.all((await place.files()).map((file) => place.read(file)));
    const rowsOfParts = await Promise.all(parts.map((bytes) => read?.(bytes, sampleSchema) ?? []));
    return rowsOfParts.flat();
  };
  return {
    ...(read !== undefined && { rows }),
    sink: sinkAt(place.path),
    leftovers: () => place.leftovers(),
    dispose: () => place.dispose(),
    async visibleRows() {
      const files = (await place.files()).map((file) => `'${place.pathOf(file).replaceAll("'", "''")}'`);
      if (files.length === 0) return 0;
      const [row] = await query(`select count(*)::int as rows from ${reader(`[${files.join(', ')}]`)}`);
      return Number(row?.rows);
    },
  };
}

interface Row {
  readonly kind: string;
  readonly flag: boolean | null;
}
const scanParquet = (files: string): string => `read_parquet(${files}, hive_partitioning = true)`;
const scanCsv = (files: string): string => `read_csv(${files}, all_varchar = true, header = true)`;
const scanJson = (files: string): string =>
  `read_json(${files}, format = 'newline_delimited', columns = {id: 'BIGINT'})`;

const runner = { describe, it };
for (const engine of ['tailrace', 'parquet-wasm'] as const) {
  testSink(runner, {
    name: `a directory of parquet parts of ${engine}`,
    place: () =>
      placeOf('routes', (path) => parquet(path, { engine, maxPartRows: 300 }), scanParquet, readParquet),
  });
  testSink(runner, {
    name: `parquet of ${engine} partitioned by two columns with one open partition`,
    place: () =>
      placeOf(
        'routes',
        (path) =>
          parquet<Row>(path, {
            engine,
            partitionBy: ['kind', 'flag'],
            maxOpenPartitions: 1,
            partitionBufferBytes: 4_096,
          }),
        scanParquet,
      ),
  });
}
testSink(runner, {
  name: 'a single csv file with gzip',
  place: () => placeOf('daily.csv.gz', (path) => csv(path), scanCsv, gunzipped(readCsv)),
});
testSink(runner, {
  name: 'a single ndjson file',
  place: () => placeOf('extreme.ndjson', (path) => ndjson(path), scanJson, readNdjson),
});
