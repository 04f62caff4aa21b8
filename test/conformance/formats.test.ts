// The suite that every format must pass, over all of ours in their layouts, read back by other readers.
import type { ModuleRef, Sink } from '@tailrace/core/sink';
import { testFormat } from '@tailrace/core/testing';
import { arrow, csv, msgpack, ndjson, parquet } from '@tailrace/writers';
import { describe, it } from 'vitest';
import {
  gunzipped,
  readArrow,
  readCsv,
  readMsgpackColumns,
  readMsgpackRows,
  readNdjson,
  readParquet,
  unbrotlied,
} from './read-files.js';

/** The format within a declared file sink, as its options name it. */
function formatOf(sink: Sink<never>): ModuleRef {
  // The options of the file sink's module are its own affair; their format is what this test is about.
  return (sink.module.options as { readonly format: ModuleRef }).format;
}

const nested = ['list', 'fixed_list', 'struct', 'map'] as const;
/** Kinds of columns that an engine refuses. */
const refused = {
  tailrace: ['null', ...nested],
  'parquet-wasm': [],
  'parquetjs-lite': ['uint32', 'uint64', 'float16', 'decimal', 'duration', 'null', ...nested],
} as const;

const runner = { describe, it };
for (const engine of ['tailrace', 'parquet-wasm', 'parquetjs-lite'] as const) {
  testFormat(runner, {
    name: `parquet of ${engine}`,
    format: formatOf(parquet('/out/x', { engine })),
    refuses: refused[engine],
    read: readParquet,
  });
  testFormat(runner, {
    name: `parquet of ${engine} in small uncompressed row groups`,
    format: formatOf(parquet('/out/x', { engine, compression: 'none', rowGroupRows: 500 })),
    refuses: refused[engine],
    read: readParquet,
  });
}
testFormat(runner, {
  name: 'parquet with all that may be asked for',
  format: formatOf(
    parquet('/out/x', {
      pageVersion: 2,
      rowGroupBytes: 65_536,
      pageIndex: false,
      columns: { text: { dictionary: false, statistics: false }, id: { encoding: 'delta', fieldId: 1 } },
      metadata: { of: 'a suite' },
    }),
  ),
  read: readParquet,
});
testFormat(runner, { name: 'ndjson', format: formatOf(ndjson('/out/x')), refuses: [], read: readNdjson });
testFormat(runner, {
  name: 'ndjson with gzip',
  format: formatOf(ndjson('/out/x.gz')),
  refuses: [],
  read: gunzipped(readNdjson),
});
testFormat(runner, { name: 'csv', format: formatOf(csv('/out/x')), refuses: nested, read: readCsv });
testFormat(runner, {
  name: 'csv with gzip',
  format: formatOf(csv('/out/x.csv.gz')),
  refuses: nested,
  read: gunzipped(readCsv),
});
for (const as of ['file', 'stream'] as const) {
  for (const dictionaries of ['keep', 'text'] as const) {
    testFormat(runner, {
      name: `arrow ${as}, dictionaries: ${dictionaries}`,
      format: formatOf(arrow('/out/x', { as, dictionaries })),
      refuses: [],
      read: readArrow,
    });
  }
}
testFormat(runner, {
  name: 'msgpack of rows',
  format: formatOf(msgpack('/out/x')),
  refuses: [],
  read: readMsgpackRows,
});
testFormat(runner, {
  name: 'msgpack of columns',
  format: formatOf(msgpack('/out/x', { layout: 'columns' })),
  refuses: [],
  read: readMsgpackColumns,
});
testFormat(runner, {
  name: 'msgpack of rows with gzip',
  format: formatOf(msgpack('/out/x.gz')),
  refuses: [],
  read: gunzipped(readMsgpackRows),
});
testFormat(runner, {
  name: 'csv with brotli',
  format: formatOf(csv('/out/x.csv.br')),
  refuses: nested,
  read: unbrotlied(readCsv),
});
testFormat(runner, {
  name: 'arrow stream with gzip',
  format: formatOf(arrow('/out/x.arrows.gz')),
  refuses: [],
  read: gunzipped(readArrow),
});
testFormat(runner, {
  name: 'msgpack of columns with brotli',
  format: formatOf(msgpack('/out/x.br', { layout: 'columns' })),
  refuses: [],
  read: unbrotlied(readMsgpackColumns),
});
// Without a reader, bytes are compared with those of an undisturbed run; the unit tests read them.
testFormat(runner, { name: 'ndjson with zstd', format: formatOf(ndjson('/out/x.zst')) });
testFormat(runner, { name: 'arrow stream with zstd', format: formatOf(arrow('/out/x.arrows.zst')) });
