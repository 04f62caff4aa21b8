// Owns the command `tailrace-inspect trace.json`: shows a recorded run until it is interrupted.
import { parseArgs } from 'node:util';
import { messageOf } from '@tailrace/core';
import { showRecording } from './recording.js';

const help = `Usage: tailrace-inspect [--port <n>] <trace.json>

Shows a recorded run in a page on this machine, until it is interrupted.
A recording is what inspector.trace() gives, written to a file.
`;

interface Wanted {
  readonly file: string;
  readonly port: number;
}

/** Undefined: it was not called as it should be. */
function wanted(argv: readonly string[]): Wanted | 'help' | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { port: { type: 'string', default: '0' }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help) return 'help';
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0 || !/^\d{1,5}$/.test(values.port)) return undefined;
    return { file, port: Number(values.port) };
  } catch {
    // An argument that there is not: the help says which there are.
    return undefined;
  }
}

async function main(argv: readonly string[]): Promise<number | undefined> {
  const call = wanted(argv);
  if (call === undefined) {
    process.stderr.write(help);
    return 2;
  }
  if (call === 'help') {
    process.stdout.write(help);
    return undefined;
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
