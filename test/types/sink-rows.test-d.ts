// Owns the proof that columns named in a sink are checked against the rows of the stage it writes.
import { type Batch, type Flow, pipeline, type Stage } from '@tailrace/core';
import type { Sink } from '@tailrace/core/sink';
import { csv, ndjson, parquet } from '@tailrace/writers';
import { describe, expectTypeOf, it } from 'vitest';

interface Route {
  readonly origin_state: string;
  readonly km: number;
}
declare const flow: Flow;
declare const rows: Stage<Route>;
declare const batches: Stage<Batch<Route>>;

describe('the rows of a sink', () => {
  it('are those of the stage, so that partition columns must exist in it', () => {
    flow.write('a', rows, parquet('out/a', { partitionBy: ['origin_state'] }));
    flow.write('b', rows, csv('out/b', { partitionBy: ['origin_state', 'km'], delimiter: ';' }));
    flow.write('c', rows, ndjson('out/c', { partitionBy: ['km'] }));
    flow.write('d', rows, parquet('out/d.parquet', { compression: 'zstd' }));
    // @ts-expect-error: no such column
    flow.write('e', rows, parquet('out/e', { partitionBy: ['origin_stat'] }));
    // @ts-expect-error: no such column
    flow.write('f', rows, csv('out/f', { partitionBy: ['origin_state', 'miles'] }));
  });

  it('are the rows within batches when the stage emits batches', () => {
    flow.write('a', batches, parquet('out/a', { partitionBy: ['origin_state'] }));
    // @ts-expect-error: a column of the batch object, not of its rows
    flow.write('b', batches, parquet('out/b', { partitionBy: ['schema'] }));
  });

  it('are checked too when the sink is declared on its own', () => {
    const byState = parquet('out/a', { partitionBy: ['origin_state'] });
    const byPlanet = parquet('out/b', { partitionBy: ['planet'] });
    flow.write('a', rows, byState);
    // @ts-expect-error: rows have no planet
    flow.write('b', rows, byPlanet);
    expectTypeOf(parquet<Route>('out/c')).toEqualTypeOf<Sink<Route>>();
  });

  it('are checked inside a pipeline', () => {
    pipeline('flights', (inner) => {
      const stage = inner.stage('same', rows, (source) => source);
      inner.write('a', stage, parquet('out/a', { partitionBy: ['origin_state'] }));
      // @ts-expect-error: no such column
      inner.write('b', stage, parquet('out/b', { partitionBy: ['planet'] }));
    });
  });

  it('refuse options that are no options', () => {
    // @ts-expect-error: no such codec
    parquet<Route>('out/a', { compression: 'lzo' });
    // @ts-expect-error: no such option
    csv<Route>('out/b', { seperator: ';' });
  });
});
