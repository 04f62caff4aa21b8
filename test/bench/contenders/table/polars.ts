// Owns nodejs-polars in `columns` and `text`: the writing alone, of a data frame loaded from the same Arrow IPC bytes.
import { Table, tableToIPC } from 'apache-arrow';
import pl from 'nodejs-polars';
import { eventBatches } from '../../data/event-arrow.js';
import { eventColumns } from '../../data/synthetic.js';
import type { OpenContender } from '../../harness/contender.js';
import type { TableOptions, TableRound } from './contest.js';

export const open: OpenContender<TableOptions, TableRound> = async ({ rows }) => {
  const ipc = tableToIPC(new Table(eventBatches(eventColumns(rows))), 'stream');
  const frame = pl.readIPCStream(Buffer.from(ipc.buffer, ipc.byteOffset, ipc.byteLength));
  return {
    async round({ path, form }) {
      switch (form.kind) {
        case 'parquet':
          frame.writeParquet(path, { compression: form.compression });
          break;
        case 'csv':
          // Only its lazy sinks compress.
          if (!form.gzip) frame.writeCSV(path);
          else await frame.lazy().sinkCSV(path, { compression: 'gzip', checkExtension: false }).collect();
          break;
        case 'ndjson':
          if (!form.gzip) frame.writeJSON(path, { format: 'lines' });
          else await frame.lazy().sinkNdJson(path, { compression: 'gzip', checkExtension: false }).collect();
          break;
      }
      return {};
    },
    close: async () => {},
  };
};
