// Owns what must be true of readings that were read back: sums that change with any value, computed here once more.
import type { Checks, Facts } from '../harness/read-back.js';
import { reading } from './readings.js';

/** A double from 0 to 1 as an integer: multiplying by a power of two is exact. */
const bits = (column: string): string => `bit_xor(CAST(floor(${column} * 4294967296) AS BIGINT))`;

export const readingChecks: Checks = {
  rows: 'count(*)',
  ids: 'sum(id)',
  times: 'sum(epoch_ms(time))',
  values: bits('value'),
  noises: bits('noise'),
  cents: 'sum(CAST(round(price * 100) AS BIGINT))',
  quantities: 'sum(quantity)',
  agents: 'sum(length(agent) * quantity)',
  'distinct agents': 'count(DISTINCT agent)',
  regions: 'sum(length(region) * quantity)',
};

/** Their values for the first `rows` readings. */
export function readingFacts(rows: number, work: number): Facts {
  const agents = new Set<string>();
  // Doubles hold all these sums exactly: they stay below 2^53, up to some millions of rows.
  const sums = { ids: 0, times: 0n, cents: 0, quantities: 0, agents: 0, regions: 0 };
  let values = 0;
  let noises = 0;
  for (let id = 0; id < rows; id += 1) {
    const row = reading(id, work);
    sums.ids += row.id;
    sums.times += BigInt(row.time);
    sums.cents += Math.round(row.price * 100);
    sums.quantities += row.quantity;
    sums.agents += row.agent.length * row.quantity;
    sums.regions += row.region.length * row.quantity;
    values ^= Math.floor(row.value * 2 ** 32);
    noises ^= Math.floor(row.noise * 2 ** 32);
    agents.add(row.agent);
  }
  return {
    rows: String(rows),
    ...Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, String(sum)])),
    values: String(values >>> 0),
    noises: String(noises >>> 0),
    'distinct agents': String(agents.size),
  };
}
