// A program that runs a pipeline and handles signals: its source takes its time, and it says `ready` when every output
// has begun to write. Started by signals.test.ts with its options as JSON.
import { fromChunks, handleSignals, pipeline } from '@tailrace/core';
import { ndjson, parquet } from '@tailrace/writers';

export interface SignalledOptions {
  readonly dir: string;
  /** Chunks of 1,000 rows, one every few milliseconds; 0 for ever more. */
  readonly chunks: number;
  readonly deadlineMs: number;
  readonly workers: number;
}

const { dir, chunks, deadlineMs, workers }: SignalledOptions = JSON.parse(process.argv[2] ?? '');
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
let isReady = false;

const run = pipeline('signalled', (flow) => {
  const rows = flow.source(
    'rows',
    fromChunks(async function* () {
      for (let chunk = 0; chunks === 0 || chunk < chunks; chunk += 1) {
        yield Array.from({ length: 1_000 }, (_, index) => ({ n: chunk * 1_000 + index }));
        await pause(10);
        const hasBegun = run.progress().outputs.every(({ writes }) => writes.active > 0);
        if (hasBegun && !isReady) process.stdout.write('ready\n');
        isReady ||= hasBegun;
      }
    }),
    { batchRows: 1_000 },
  );
  flow.write('table', rows, parquet(`${dir}/table`));
  flow.write('lines', rows, ndjson(`${dir}/lines.ndjson`));
}).run({ workers });

handleSignals(run, { deadlineMs });
run.completed.then(
  (report) => process.stdout.write(`${report.state}\n`),
  (error: unknown) => {
    process.stdout.write(`failed: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
