// Owns the proof that a pool takes only datasets, and only into sinks that accept their rows.
import {
  type Batch,
  customSink,
  type Materialised,
  materialise,
  type OutputHandle,
  type Pool,
  type Sink,
  toBatches,
  writeTo,
} from '@tailrace/core';
import { csv, ndjson, parquet } from '@tailrace/writers';
import { firstValueFrom, map, type Observable, of } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';

interface Flight {
  readonly origin: string;
  readonly delay: number;
}
declare const pool: Pool;
declare const rows: Observable<Flight>;
declare const batches: Observable<Batch<Flight>>;
declare const data: Materialised<Flight>;
declare const sinkOfFlights: Sink<Flight>;
declare const sinkOfOrigins: Sink<{ readonly origin: string }>;
declare const sinkOfNames: Sink<{ readonly name: string }>;
declare const sinkOfTextDelays: Sink<{ readonly origin: string; readonly delay: string }>;

describe('pool.submit', () => {
  it('takes a dataset with a sink for its rows', () => {
    expectTypeOf(pool.submit(data, sinkOfFlights)).toEqualTypeOf<OutputHandle>();
    pool.submit(data, parquet('out/flights', { partitionBy: ['origin'] }));
  });

  it('takes no stream, of rows or of batches, nor a promise of a dataset', () => {
    // @ts-expect-error: a cold stream would be computed again by the writer
    pool.submit(rows, sinkOfFlights);
    // @ts-expect-error: batches that are not held either
    pool.submit(batches, sinkOfFlights);
    // @ts-expect-error: a stream of datasets; take the one it emits
    pool.submit(rows.pipe(materialise()), sinkOfFlights);
    // @ts-expect-error: a promise; await it
    pool.submit(firstValueFrom(rows.pipe(materialise())), sinkOfFlights);
    // @ts-expect-error: rows in an array are no dataset
    pool.submit([{ origin: 'JFK', delay: 3 }], sinkOfFlights);
  });

  it('takes a sink that needs fewer columns, and no sink that needs others', () => {
    pool.submit(data, sinkOfOrigins);
    // @ts-expect-error: flights have no name
    pool.submit(data, sinkOfNames);
    // @ts-expect-error: their delay is a number
    pool.submit(data, sinkOfTextDelays);
    // @ts-expect-error: no such column
    pool.submit(data, csv('out/flights', { partitionBy: ['orign'] }));
    // @ts-expect-error: a path is no sink
    pool.submit(data, 'out/flights');
  });

  it('keeps the row type from the stream to the sink', async () => {
    const delays = await firstValueFrom(
      rows.pipe(
        map(({ delay }) => ({ delay })),
        materialise(),
      ),
    );
    expectTypeOf(delays).toEqualTypeOf<Materialised<{ delay: number }>>();
    // @ts-expect-error: the origin is gone
    pool.submit(delays, sinkOfOrigins);
    const rebatched = await firstValueFrom(batches.pipe(materialise({ until: 'first' })));
    expectTypeOf(rebatched).toEqualTypeOf<Materialised<Flight>>();
  });

  it('takes a custom sink of the rows', () => {
    const url = new URL('file:///sink.js');
    pool.submit(data, customSink<Flight>(url, { endpoint: 'here' }, { requires: ['origin'] }));
    // @ts-expect-error: no such column
    customSink<Flight>(url, {}, { requires: ['state'] });
    // @ts-expect-error: a function cannot cross to a worker thread
    customSink<Flight>(() => ({}), {});
  });
});

describe('writeTo', () => {
  it('passes batches on as they are', () => {
    expectTypeOf(batches.pipe(writeTo(pool, sinkOfFlights))).toEqualTypeOf<Observable<Batch<Flight>>>();
    expectTypeOf(rows.pipe(toBatches(), writeTo(pool, sinkOfFlights))).toEqualTypeOf<
      Observable<Batch<Flight>>
    >();
  });

  it('takes a sink that needs fewer columns, and no sink that needs others', () => {
    batches.pipe(writeTo(pool, sinkOfOrigins));
    // @ts-expect-error: flights have no name
    batches.pipe(writeTo(pool, sinkOfNames));
    // @ts-expect-error: their delay is a number
    batches.pipe(writeTo(pool, sinkOfTextDelays));
    // @ts-expect-error: no such column
    batches.pipe(writeTo(pool, ndjson('out/flights', { partitionBy: ['orign'] })));
  });

  it('takes batches, not rows', () => {
    // @ts-expect-error: rows have to become batches first
    rows.pipe(writeTo(pool, sinkOfFlights));
    // @ts-expect-error: nor numbers
    of(1).pipe(writeTo(pool, sinkOfFlights));
  });
});
