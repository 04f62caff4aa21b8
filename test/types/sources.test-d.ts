// Owns the proof of what rows the sources of Parquet files have: declared, chosen, or on the caller's word.
import { type ParquetRow, type ParquetValue, readParquet } from '@tailrace/adapters/sources';
import { defineSchema, type Flow, int64, type Source, type Stage, utf8 } from '@tailrace/core';
import { expectTypeOf, it } from 'vitest';

interface Flight {
  readonly date: number;
  readonly delay: number;
  readonly origin: string;
}
declare const flow: Flow;

it('has the rows that are named at the call', () => {
  expectTypeOf(readParquet<Flight>('flights.parquet')).toEqualTypeOf<Source<Flight>>();
  expectTypeOf(
    flow.source('raw', readParquet<Flight>('flights.parquet', { int64: 'number', timestamps: 'number' })),
  ).toEqualTypeOf<Stage<Flight>>();
  readParquet<Flight>('flights.parquet', { columns: ['date', 'delay', 'origin'] });
  // @ts-expect-error: flights have no such column
  readParquet<Flight>('flights.parquet', { columns: ['destination'] });
});

it('has the rows of the schema', () => {
  const schema = defineSchema({ origin: utf8(), delay: int64({ js: 'number' }) });
  expectTypeOf(readParquet('flights.parquet', { schema })).toExtend<
    Source<{ origin: string; delay: number }>
  >();
  expectTypeOf(readParquet('flights.parquet', { schema })).not.toExtend<Source<Flight>>();
  // @ts-expect-error: the schema has no date
  readParquet<Flight>('flights.parquet', { schema });
});

it('has any values when nothing is said of them, also where other rows are expected', () => {
  expectTypeOf(readParquet('flights.parquet')).toEqualTypeOf<Source<ParquetRow>>();
  expectTypeOf(readParquet('flights.parquet', { int64: 'number' })).toEqualTypeOf<Source<ParquetRow>>();
  expectTypeOf(readParquet('flights.parquet', { columns: ['origin'] })).toEqualTypeOf<
    Source<Record<'origin', ParquetValue>>
  >();
  // @ts-expect-error: the rows are not known to be flights
  const flights: Source<Flight> = readParquet('flights.parquet');
  expectTypeOf(flights).toEqualTypeOf<Source<Flight>>();
});
