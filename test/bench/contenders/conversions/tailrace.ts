// Owns Tailrace's conversions: an operator makes batches of rows, `toRows` makes rows of batches.
import { type Batch, toBatches } from '@tailrace/core';
import { from, lastValueFrom, tap } from 'rxjs';
import { sparseEventSchema } from '../../data/event-schema.js';
import { type SparseEvent, sparseEvents } from '../../data/sparse-events.js';
import type { OpenContender } from '../../harness/contender.js';
import { type ConversionOptions, type ConversionRound, lastRows, toColumns, toRows } from './contest.js';

export const open: OpenContender<ConversionOptions, ConversionRound> = async ({ rows }) => {
  const held = sparseEvents(rows);
  return {
    async round({ times }) {
      let startedAt = performance.now();
      let converted = 0;
      for (let time = 0; time < times; time += 1) {
        const counted = tap((batch: Batch<SparseEvent>) => {
          converted += batch.rows;
        });
        await lastValueFrom(from(held).pipe(toBatches<SparseEvent>({ schema: sparseEventSchema }), counted));
      }
      const columnsSeconds = (performance.now() - startedAt) / 1_000;
      if (converted !== rows * times) throw new Error(`${converted} of ${rows * times} rows came out.`);

      const kept: Batch<SparseEvent>[] = [];
      const keep = tap((batch: Batch<SparseEvent>) => kept.push(batch.retain()));
      await lastValueFrom(from(held).pipe(toBatches<SparseEvent>({ schema: sparseEventSchema }), keep));
      startedAt = performance.now();
      let read = 0;
      const last = lastRows();
      for (let time = 0; time < times; time += 1) {
        for (const batch of kept) {
          for (const row of batch.toRows()) {
            last.keep(row);
            read += 1;
          }
        }
      }
      const rowsSeconds = (performance.now() - startedAt) / 1_000;
      check(kept, held);
      for (const batch of kept) batch.release();
      if (read !== rows * times) throw new Error(`${read} of ${rows * times} rows were read.`);
      const million = (rows * times) / 1e6;
      return { [toColumns]: million / columnsSeconds, [toRows]: million / rowsSeconds };
    },
    close: async () => {},
  };
};

/** Some rows, compared in full. */
function check(batches: readonly Batch<SparseEvent>[], held: readonly SparseEvent[]): void {
  let index = 0;
  for (const batch of batches) {
    for (const row of batch.toRows()) {
      if (index % 4_999 === 0 && JSON.stringify(row) !== JSON.stringify(held[index])) {
        throw new Error(`Row ${index} came back as ${JSON.stringify(row)}.`);
      }
      index += 1;
    }
  }
}
