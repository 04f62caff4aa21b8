// Owns Tailrace in `columns` and `text`: a dataset in shared memory, written by one worker thread, synced and committed.
import { createPool, materialise, type Sink } from '@tailrace/core';
import { csv, ndjson, parquet } from '@tailrace/writers';
import { firstValueFrom, Observable } from 'rxjs';
import { eventSchema } from '../../data/event-schema.js';
import { type Event, type EventColumns, eventChunks, eventColumns } from '../../data/synthetic.js';
import type { OpenContender } from '../../harness/contender.js';
import type { TableOptions, TableRound } from './contest.js';

export const open: OpenContender<TableOptions, TableRound> = async ({ rows, engine }) => {
  const pool = createPool({ workers: 1, memory: '2GiB' });
  const { memory } = pool;
  const table = await firstValueFrom(
    eachRow(eventColumns(rows)).pipe(materialise<Event>({ schema: eventSchema, memory, name: 'events' })),
  );
  const sinkOf = ({ path, form }: TableRound): Sink<Event> => {
    switch (form.kind) {
      case 'parquet':
        return parquet(path, { compression: form.compression, engine });
      case 'csv':
        return csv(path, { compression: form.gzip ? 'gzip' : 'none' });
      case 'ndjson':
        return ndjson(path, { compression: form.gzip ? 'gzip' : 'none' });
    }
  };
  return {
    async round(input) {
      await pool.submit(table, sinkOf(input)).done;
      return {};
    },
    async close() {
      table.release();
      await pool.abort();
    },
  };
};

function eachRow(columns: EventColumns): Observable<Event> {
  return new Observable((subscriber) => {
    for (const chunk of eventChunks(columns, 8_192)) for (const row of chunk) subscriber.next(row);
    subscriber.complete();
  });
}
