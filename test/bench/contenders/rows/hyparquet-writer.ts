// Owns hyparquet-writer in `rows`: row groups of 131,072 rows, gathered into columns and appended to a file.
import { fileWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import { flightChunks, loadFlights } from '../../data/flights.js';
import type { OpenContender } from '../../harness/contender.js';
import type { RowsOptions, RowsRound } from './contest.js';
import { gather } from './gather.js';

const groupRows = 131_072;
const required = { repetition_type: 'REQUIRED' } as const;
const schema: SchemaElement[] = [
  { name: 'root', num_children: 5 },
  { name: 'date', type: 'INT64', converted_type: 'TIMESTAMP_MILLIS', ...required },
  { name: 'delay', type: 'INT32', ...required },
  { name: 'distance', type: 'INT32', ...required },
  { name: 'origin', type: 'BYTE_ARRAY', converted_type: 'UTF8', ...required },
  { name: 'destination', type: 'BYTE_ARRAY', converted_type: 'UTF8', ...required },
];

export const open: OpenContender<RowsOptions, RowsRound> = async ({ flights, rows }) => {
  const columns = { ...(await loadFlights(flights)), rows };
  return {
    async round({ path }) {
      const writer = new ParquetWriter({ writer: fileWriter(path), schema });
      for (const chunk of flightChunks(columns, groupRows)) {
        const columnData = Object.entries(gather(chunk)).map(([name, data]) => ({ name, data }));
        await writer.write({ columnData, rowGroupSize: groupRows });
      }
      await writer.finish();
      return {};
    },
    close: async () => {},
  };
};
