// Owns hyparquet-writer in `loop` and `memory`: rows gathered into columns by hand, row group by row group.
import { fileWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import type { Reading } from '../../data/readings.js';
import { grouped, inChunks, streamContender } from './stream-contender.js';

const required = { repetition_type: 'REQUIRED' } as const;
const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8', ...required } as const;
const schema: SchemaElement[] = [
  { name: 'root', num_children: 8 },
  { name: 'id', type: 'INT64', ...required },
  { name: 'time', type: 'INT64', converted_type: 'TIMESTAMP_MILLIS', ...required },
  { name: 'value', type: 'DOUBLE', ...required },
  { name: 'noise', type: 'DOUBLE', ...required },
  { name: 'price', type: 'DOUBLE', ...required },
  { name: 'quantity', type: 'INT32', ...required },
  { name: 'agent', ...text },
  { name: 'region', ...text },
];

export const open = streamContender(async ({ groupRows = 131_072 }) => ({
  write: inChunks(async (path) => {
    const writer = new ParquetWriter({ writer: fileWriter(path), schema });
    return grouped(
      groupRows,
      async (rows) => {
        await writer.write({ columnData: columnsOf(rows), rowGroupSize: rows.length });
      },
      async () => {
        await writer.finish();
      },
    );
  }),
  close: async () => {},
}));

type ColumnData = Parameters<ParquetWriter['write']>[0]['columnData'];

function columnsOf(rows: readonly Reading[]): ColumnData {
  const count = rows.length;
  const id = new BigInt64Array(count);
  const time = new BigInt64Array(count);
  const value = new Float64Array(count);
  const noise = new Float64Array(count);
  const price = new Float64Array(count);
  const quantity = new Int32Array(count);
  const agent = new Array<string>(count);
  const region = new Array<string>(count);
  for (const [at, row] of rows.entries()) {
    id[at] = BigInt(row.id);
    time[at] = BigInt(row.time);
    value[at] = row.value;
    noise[at] = row.noise;
    price[at] = row.price;
    quantity[at] = row.quantity;
    agent[at] = row.agent;
    region[at] = row.region;
  }
  const columns = { id, time, value, noise, price, quantity, agent, region };
  return Object.entries(columns).map(([name, data]) => ({ name, data }));
}
