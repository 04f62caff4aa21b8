// Owns what must be true of flights that were read back, whoever wrote them.
import { type Checks, type Facts, quoted, type Reader, textHash } from '../harness/read-back.js';
import { flightsParquet } from './flights.js';

/** Dates are compared in milliseconds, whatever unit a writer has. */
export const flightChecks: Checks = {
  rows: 'count(*)',
  dates: 'sum(epoch_ms(CAST(date AS TIMESTAMP)))',
  'first date': 'min(epoch_ms(CAST(date AS TIMESTAMP)))',
  'last date': 'max(epoch_ms(CAST(date AS TIMESTAMP)))',
  'distinct dates': 'count(DISTINCT epoch_ms(CAST(date AS TIMESTAMP)))',
  delays: 'sum(delay)',
  'least delay': 'min(delay)',
  'most delay': 'max(delay)',
  distances: 'sum(distance)',
  'distinct distances': 'count(DISTINCT distance)',
  'distinct origins': 'count(DISTINCT origin)',
  origins: textHash('origin', 'distance + delay % 7'),
  destinations: textHash('destination', 'distance + delay % 7'),
};

/** What is true of the first `rows` flights of the data set itself. */
export function flightFacts(reader: Reader, rows: number): Promise<Facts> {
  // DuckDB keeps the order of the file, so the limit takes the first rows.
  return reader.facts(
    `(SELECT * FROM read_parquet(${quoted(flightsParquet())}) LIMIT ${rows})`,
    flightChecks,
  );
}
