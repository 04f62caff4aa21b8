// Owns the compute-bound part that RxJS alone and Tailrace share: rows, and their mean by region.
import { defineSchema, float64, int32, utf8 } from '@tailrace/core';
import { concatAll, map, type OperatorFunction, reduce } from 'rxjs';
import { type Reading, reading } from '../../data/readings.js';

export interface RegionMean {
  readonly region: string;
  readonly count: number;
  readonly mean: number;
}

export const regionMeanSchema = defineSchema({ region: utf8(), count: int32(), mean: float64() });

export const readingsOf = (work: number): OperatorFunction<number, Reading> => map((id) => reading(id, work));

export const meanByRegion: OperatorFunction<Reading, RegionMean> = (readings) =>
  readings.pipe(
    reduce((sums, { region, value }) => {
      const sum = sums.get(region) ?? { count: 0, total: 0 };
      sum.count += 1;
      sum.total += value;
      return sums.set(region, sum);
    }, new Map<string, { count: number; total: number }>()),
    map((sums) => Array.from(sums, ([region, { count, total }]) => ({ region, count, mean: total / count }))),
    concatAll(),
  );
