// Owns @dsnp/parquetjs in `loop` and `memory`: row by row, each append awaited, its own size of row groups.
import parquetjs from '@dsnp/parquetjs';
import type { Reading } from '../../data/readings.js';
import { inChunks, streamContender } from './stream-contender.js';

const { ParquetSchema, ParquetWriter } = parquetjs;
const snappy = { compression: 'SNAPPY' } as const;

export const open = streamContender(async () => ({
  write: inChunks(async (path) => {
    const schema = new ParquetSchema({
      id: { type: 'INT64', ...snappy },
      time: { type: 'TIMESTAMP_MILLIS', ...snappy },
      value: { type: 'DOUBLE', ...snappy },
      noise: { type: 'DOUBLE', ...snappy },
      price: { type: 'DOUBLE', ...snappy },
      quantity: { type: 'INT32', ...snappy },
      agent: { type: 'UTF8', ...snappy },
      region: { type: 'UTF8', ...snappy },
    });
    const writer = await ParquetWriter.openFile(schema, path);
    return {
      async write(chunk) {
        // It asks for an index signature, which an interface has not.
        for (const row of chunk) await writer.appendRow(row as Reading & Record<string, unknown>);
      },
      close: () => writer.close(),
    };
  }),
  close: async () => {},
}));
