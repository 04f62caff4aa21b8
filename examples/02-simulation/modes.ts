// Owns three ways to write the same three tables. It measures nothing.
import {
  type Materialised,
  materialise,
  type Pool,
  type RowOf,
  type Schema,
  type Sink,
} from '@tailrace/core';
import { parquet } from '@tailrace/writers';
import { firstValueFrom, type Observable } from 'rxjs';
import {
  changeSchema,
  changes,
  dayRiskSchema,
  dayRisks,
  type Model,
  priceSchema,
  simulatedPrices,
} from './model.js';

/** Computes the tables and submits them to the pool. Resolves when nothing is left to compute. */
export type Mode = (pool: Pool, model: Model, out: string) => Promise<void>;

/** Without a framework: each table is written before the next is computed. For a pool without workers. */
export const inline: Mode = async (pool, model, out) => {
  const prices = await held(pool, simulatedPrices(model), priceSchema);
  await pool.submit(prices, table(out, 'prices')).done;
  const moves = await held(pool, prices.rows().pipe(changes(model)), changeSchema);
  await pool.submit(moves, table(out, 'changes')).done;
  const risks = await held(pool, moves.rows().pipe(dayRisks(model)), dayRiskSchema);
  await pool.submit(risks, table(out, 'risks')).done;
  for (const dataset of [prices, moves, risks]) dataset.release();
};

/** Each table is computed once, held, and written while the next is computed from it. */
export const materialised: Mode = async (pool, model, out) => {
  const prices = await held(pool, simulatedPrices(model), priceSchema);
  pool.submit(prices, table(out, 'prices'));
  const moves = await held(pool, prices.rows().pipe(changes(model)), changeSchema);
  pool.submit(moves, table(out, 'changes'));
  const risks = await held(pool, moves.rows().pipe(dayRisks(model)), dayRiskSchema);
  pool.submit(risks, table(out, 'risks'));
  // The pool keeps for itself what it still has to write.
  for (const dataset of [prices, moves, risks]) dataset.release();
};

/**
 * Where nothing is held, a table is a recipe that everybody who reads it follows again from the beginning. As `submit` takes
 * no bare stream, each table is materialised here for its writer alone: prices are computed three times, changes twice.
 */
export const recomputed: Mode = async (pool, model, out) => {
  const prices = simulatedPrices(model);
  const moves = prices.pipe(changes(model));
  const risks = moves.pipe(dayRisks(model));
  const write = async <R>(
    rows: Observable<R>,
    schema: Schema<RowOf<R>>,
    sink: Sink<RowOf<R>>,
  ): Promise<void> => {
    const dataset = await held(pool, rows, schema);
    pool.submit(dataset, sink);
    dataset.release();
  };
  await write(prices, priceSchema, table(out, 'prices'));
  await write(moves, changeSchema, table(out, 'changes'));
  await write(risks, dayRiskSchema, table(out, 'risks'));
};

function held<R>(pool: Pool, rows: Observable<R>, schema: Schema<RowOf<R>>): Promise<Materialised<RowOf<R>>> {
  return firstValueFrom(rows.pipe(materialise({ until: 'complete', schema, memory: pool.memory })));
}

function table<R>(out: string, name: string): Sink<R> {
  return parquet<R>(`${out}/${name}`, { mode: 'overwrite' });
}
