// Owns what must be true of the synthetic table when it is read back, whoever wrote it; computed from the columns themselves.
import { createHash } from 'node:crypto';
import { type Checks, type Facts, hashPrime, textHash } from '../harness/read-back.js';
import { agents, type EventColumns, regions } from './synthetic.js';

/** Bits after the point that count: together with those before it, at most the 53 of a double. */
const fractionBits = { noise: 53, value: 33, price: 30, rate: 30 } as const;
const doubles = ['noise', 'value', 'price', 'rate'] as const;
const weight = (id: number): number => (id % 997) + 1;

export const eventChecks: Checks = {
  rows: 'count(*)',
  ids: 'sum(id)',
  'first id': 'min(id)',
  'last id': 'max(id)',
  times: 'sum(CAST(epoch_us(ts) AS HUGEINT))',
  'first time': 'min(epoch_us(ts))',
  'last time': 'max(epoch_us(ts))',
  ...Object.fromEntries(
    doubles.flatMap((column) => [
      // Multiplying by a power of two is exact, and so is a sum of whole numbers in any order.
      [
        `${column}: bits`,
        `sum(CAST(floor(${column} * ${2 ** fractionBits[column]}::DOUBLE) AS BIGINT) % ${hashPrime})`,
      ],
      [`${column}: least`, `format('{:.17e}', min(${column}))`],
      [`${column}: most`, `format('{:.17e}', max(${column}))`],
    ]),
  ),
  'distinct agents': 'count(DISTINCT agent)',
  'distinct regions': 'count(DISTINCT region)',
  agents: textHash('agent', 'id % 997 + 1'),
  regions: textHash('region', 'id % 997 + 1'),
};

/** What `eventChecks` must give for the columns. */
export function eventFacts(columns: EventColumns): Facts {
  const { rows, id, ts, agent, region } = columns;
  const last = rows - 1;
  const facts: Record<string, string> = {
    rows: String(rows),
    ids: String(sumOf(id)),
    'first id': String(id[0]),
    'last id': String(id[last]),
    times: String(sumOf(ts)),
    'first time': String(ts[0]),
    'last time': String(ts[last]),
    'distinct agents': String(new Set(agent).size),
    'distinct regions': String(new Set(region).size),
    agents: String(hashOf(agents, agent, id)),
    regions: String(hashOf(regions, region, id)),
  };
  for (const column of doubles) {
    const scale = 2 ** fractionBits[column];
    let bits = 0;
    let least = Number.POSITIVE_INFINITY;
    let most = Number.NEGATIVE_INFINITY;
    for (const value of columns[column]) {
      bits += Math.floor(value * scale) % hashPrime;
      if (value < least) least = value;
      if (value > most) most = value;
    }
    facts[`${column}: bits`] = String(bits);
    facts[`${column}: least`] = scientific(least);
    facts[`${column}: most`] = scientific(most);
  }
  return facts;
}

/** In two halves, which stay exact: times sum up beyond 2^53. */
function sumOf(values: Float64Array): bigint {
  let high = 0;
  let low = 0;
  for (const value of values) {
    high += Math.floor(value / 2 ** 26);
    low += value % 2 ** 26;
  }
  return BigInt(high) * 2n ** 26n + BigInt(low);
}

function hashOf(texts: readonly string[], numbers: Int32Array, id: Float64Array): number {
  const hashes = texts.map((text) => createHash('md5').update(text).digest().readUInt32BE(0) % hashPrime);
  let sum = 0;
  for (const [row, number] of numbers.entries()) sum += (hashes[number] ?? 0) * weight(id[row] ?? 0);
  return sum;
}

/** As DuckDB writes it: an exponent of two digits. */
function scientific(value: number): string {
  return value.toExponential(17).replace(/e([+-])(\d)$/, 'e$10$2');
}
