// Owns parquetjs-lite in `loop` and `memory`: row by row, each append awaited, its own size of row groups.
import parquetjs from 'parquetjs-lite';
import { inChunks, streamContender } from './stream-contender.js';

const { ParquetSchema, ParquetWriter } = parquetjs;
const field = (type: string): { type: string; compression: string } => ({ type, compression: 'SNAPPY' });

export const open = streamContender(async () => ({
  write: inChunks(async (path) => {
    const schema = new ParquetSchema({
      id: field('INT64'),
      time: field('TIMESTAMP_MILLIS'),
      value: field('DOUBLE'),
      noise: field('DOUBLE'),
      price: field('DOUBLE'),
      quantity: field('INT32'),
      agent: field('UTF8'),
      region: field('UTF8'),
    });
    const writer = await ParquetWriter.openFile(schema, path);
    return {
      async write(chunk) {
        for (const row of chunk) await writer.appendRow(row);
      },
      close: () => writer.close(),
    };
  }),
  close: async () => {},
}));
