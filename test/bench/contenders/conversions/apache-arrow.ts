// Owns apache-arrow's conversions: its builders make a table of rows, its iterator makes rows of a table.
import {
  Float64,
  Int64,
  Table,
  TimestampMicrosecond,
  tableFromArrays,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { sparseEvents } from '../../data/sparse-events.js';
import type { OpenContender } from '../../harness/contender.js';
import { type ConversionOptions, type ConversionRound, lastRows, toColumns, toRows } from './contest.js';

export const open: OpenContender<ConversionOptions, ConversionRound> = async ({ rows }) => {
  const held = sparseEvents(rows);
  const convert = (): Table =>
    new Table({
      id: vectorFromArray(
        held.map(({ id }) => (id === null ? null : BigInt(id))),
        new Int64(),
      ),
      // It takes timestamps as milliseconds.
      ts: vectorFromArray(
        held.map(({ ts }) => (ts === null ? null : ts / 1_000)),
        new TimestampMicrosecond(),
      ),
      noise: vectorFromArray(
        held.map(({ noise }) => noise),
        new Float64(),
      ),
      value: vectorFromArray(
        held.map(({ value }) => value),
        new Float64(),
      ),
      price: vectorFromArray(
        held.map(({ price }) => price),
        new Float64(),
      ),
      rate: vectorFromArray(
        held.map(({ rate }) => rate),
        new Float64(),
      ),
      agent: vectorFromArray(
        held.map(({ agent }) => agent),
        new Utf8(),
      ),
      region: vectorFromArray(
        held.map(({ region }) => region),
        new Utf8(),
      ),
    });
  return {
    async round({ times }) {
      let startedAt = performance.now();
      let table = tableFromArrays({});
      for (let time = 0; time < times; time += 1) table = convert();
      const columnsSeconds = (performance.now() - startedAt) / 1_000;
      startedAt = performance.now();
      let read = 0;
      const last = lastRows();
      for (let time = 0; time < times; time += 1) {
        for (const row of table) {
          last.keep(row?.toJSON());
          read += 1;
        }
      }
      const rowsSeconds = (performance.now() - startedAt) / 1_000;
      if (read !== rows * times) throw new Error(`${read} of ${rows * times} rows were read.`);
      const million = (rows * times) / 1e6;
      return { [toColumns]: million / columnsSeconds, [toRows]: million / rowsSeconds };
    },
    close: async () => {},
  };
};
