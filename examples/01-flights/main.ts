// Owns the demo as a program: arguments in, run, display, report, exit code. Everything it does stands in its neighbours.
import { writeFile } from 'node:fs/promises';
import { azureBlob } from '@tailrace/adapters/azure-blob';
import { type Inspector, inspector } from '@tailrace/adapters/inspector';
import { s3 } from '@tailrace/adapters/s3';
import { summaryTable, terminalProgress } from '@tailrace/adapters/terminal';
import { handleSignals, type Pipeline, type Run } from '@tailrace/core';
import { loadAirports } from './airports.js';
import { explain } from './explain.js';
import { airportsFile, flightsFile } from './input.js';
import { helpText, type Options, parseOptions, UsageError } from './options.js';
import { flightsPipeline } from './pipeline.js';
import { saveReport } from './report-file.js';
import { copies } from './source.js';

async function runDemo(options: Options): Promise<void> {
  const { only, rows, repeat, out, inspect, wait, trace } = options;
  const airports = await loadAirports(airportsFile(), new AbortController().signal);
  const flights = flightsPipeline(
    { flights: copies(flightsFile(), { rows, repeat }), airports },
    { only, out },
  );
  const shown = inspect || trace !== undefined ? await inspector() : undefined;
  if (inspect) process.stderr.write(`inspector: ${shown?.url}\n`);
  try {
    if (wait) await oneLine();
    await runFlights(flights, options, shown);
  } finally {
    // Also when the run could not start: an open server keeps the process alive. The page keeps what it was told.
    await shown?.close();
  }
}

/** Until a line, or the end, comes on the standard input. */
async function oneLine(): Promise<void> {
  await new Promise((resolve) => process.stdin.once('data', resolve).once('end', resolve));
  // A stream that is read keeps the process alive.
  process.stdin.pause();
}

async function runFlights(
  flights: Pipeline,
  { workers, memory, out, trace }: Options,
  shown: Inspector | undefined,
): Promise<void> {
  // Of another service than AWS, which the SDK finds in the environment, buckets are part of the path.
  const stores = [s3({ forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined }), azureBlob()];
  const run = flights.run({ workers, memory, stores, inspect: shown?.inspect });
  shown?.watch(run, flights);
  finishOnSignals(run);
  terminalProgress(run);
  const report = await run.settled;
  const { maxRSS } = process.resourceUsage();
  // Why outputs failed is told once, by who reports the error of `completed`.
  process.stdout.write(`\n${summaryTable(report, { reasons: false })}`);
  const [saved] = await Promise.allSettled([
    // An aborted run leaves the place as it was: what stands there is an earlier run's.
    report.state === 'cancelled'
      ? undefined
      : saveReport(/^[a-z0-9]+:\/\//i.test(out) ? 'out/flights' : out, {
          ...report,
          maxRssBytes: maxRSS * 1024,
        }),
  ]);
  if (saved.status === 'fulfilled' && saved.value !== undefined)
    process.stdout.write(`report: ${saved.value}\n`);
  if (shown !== undefined && trace !== undefined) await writeFile(trace, shown.trace());
  // That the run failed matters more than that its report could not be saved: often for the same reason.
  await run.completed;
  if (saved.status === 'rejected') throw saved.reason;
}

/** A run that a signal has ended still leaves its report: the exit code is set, and the process ends when that is saved. */
function finishOnSignals(run: Run): void {
  handleSignals(run, {
    target: {
      on: (signal, listener) => process.on(signal, listener),
      off: (signal, listener) => process.off(signal, listener),
      exit: (code) => {
        process.exitCode = code;
      },
    },
  });
}

async function main(argv: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(argv);
    if (options.help) process.stdout.write(helpText);
    else await runDemo(options);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n\n${helpText}`);
      return 2;
    }
    process.stderr.write(`${explain(error)}\n`);
    return 1;
  }
}

// A signal has set its own exit code by the time the run it stopped has ended.
const code = await main(process.argv.slice(2));
process.exitCode ??= code;
