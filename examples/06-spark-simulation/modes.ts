// Owns the three ways to compute and write the tables: one after the other, in the background, and in the background
// without holding anything, as a program that only hands its writes to threads would.
import { frames, materialiseFrame, type SparkSession, sparkFiles } from '@tailrace/adapters/spark';
import { pipeline } from '@tailrace/core';
import { map } from 'rxjs';
import { type Change, changes, type Price, prices, type Size, type Step, summary } from './tables.js';

/** @param out of the server, where the tables go */
export type Mode = (spark: SparkSession, size: Size, out: string) => Promise<void>;

/** Every table is computed, held, and written before the next is begun. */
export const synchronous: Mode = async (spark, size, out) => {
  const first = prices(spark, size);
  const second = changes(first);
  const tables = { prices: first, changes: second, summary: summary(second) };
  for (const [name, table] of Object.entries(tables)) {
    await table.persist();
    await table.count();
    await table.write.parquet(`${out}/${name}`);
  }
  for (const table of Object.values(tables)) await table.unpersist();
};

/** Every table is computed once and held; Spark writes it while the next is computed. */
export const background: Mode = async (spark, size, out) => {
  const simulation = pipeline('spark simulation', (flow) => {
    const source = frames(spark, (session) => prices(session, size));
    const first = flow.stage('prices', flow.source('walks', source), materialiseFrame<Price>());
    const changed = flow.stage(
      'changed',
      first,
      map(({ frame }) => changes(frame)),
    );
    const second = flow.stage('changes', changed, materialiseFrame<Change>());
    const summed = flow.stage(
      'summed',
      second,
      map(({ frame }) => summary(frame)),
    );
    const third = flow.stage('summary', summed, materialiseFrame<Step>());
    flow.write('prices', first, sparkFiles(spark, `${out}/prices`));
    flow.write('changes', second, sparkFiles(spark, `${out}/changes`));
    flow.write('summary', third, sparkFiles(spark, `${out}/summary`));
  });
  await simulation.run({ workers: 2 }).completed;
};

/** Writes are begun at once, and each computes all that it needs. */
export const notHeld: Mode = async (spark, size, out) => {
  const first = prices(spark, size);
  const second = changes(first);
  await Promise.all([
    first.write.parquet(`${out}/prices`),
    second.write.parquet(`${out}/changes`),
    summary(second).write.parquet(`${out}/summary`),
  ]);
};
