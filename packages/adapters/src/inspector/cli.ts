// Owns the command `tailrace-inspect trace.json`: shows a recorded run until it is interrupted.
import { parseArgs } from 'node:util';
import { messageOf } from '@tailrace/core';
import { showRecording } from './recording.js';

const help = `Usage: tailrace-inspect [--port <n>] <trace.json>

Shows a recorded run in a page on this machine, until it is interrupted.
inspector.trace() records one, and so does "Save recording" in the page of a run.

  --port <n>   port on 127.0.0.1; without it any that is free
  -h, --help   says this
`;

interface Wanted {
  readonly file: string;
  readonly port: number;
}

/** What was asked for: help, or a file; or why it was not asked as it should be. */
function wanted(argv: readonly string[]): Wanted | 'help' | Error {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { port: { type: 'string', default: '0' }, help: { type: 'boolean', short: 'h' } },
    });
    const [file, ...more] = positionals;
    if (values.help === true) return 'help';
    if (file === undefined) return new Error('Name the file of a recorded run.');
    if (more.length > 0) return new Error('Name one file: a page shows one recorded run.');
    const port = /^\d{1,5}$/.test(values.port) ? Number(values.port) : Number.NaN;
    if (!(port <= 65_535)) return new Error(`A port is a whole number from 0 to 65535, not ${values.port}.`);
    return { file, port };
  } catch (error) {
    // An argument that there is not: its message says which.
    return new Error(messageOf(error));
  }
}

async function main(argv: readonly string[]): Promise<number | undefined> {
  const call = wanted(argv);
  if (call === 'help') {
    process.stdout.write(help);
    return 0;
  }
  if (call instanceof Error) {
    process.stderr.write(`${call.message}\n\n${help}`);
    return 2;
  }
  try {
    const shown = await showRecording(call.file, { port: call.port });
    // Before the address is told: whoever reads it may interrupt at once.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void shown.close());
    process.stdout.write(`${shown.url}\n`);
    return undefined;
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    return 1;
  }
}

const code = await main(process.argv.slice(2));
if (code !== undefined) process.exitCode = code;
