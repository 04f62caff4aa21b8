// Owns what campaigns that start a program per trial have in common: the program, begun and waiting, and the calls it makes.
import { type Child, programPath, startChild } from './child.js';
import { hangMs } from './figure.js';
import type { WriteJob } from './kinds.js';
import { type Call, callsBelow, trace } from './strace.js';

/** The program of programs/write-once.ts, ready to be told `go`. One thread for the file system: its calls come in one order. */
export async function startWriter(job: WriteJob): Promise<Child> {
  const args = [programPath('write-once'), JSON.stringify(job)];
  const env = { UV_THREADPOOL_SIZE: '1' };
  const child = startChild({ command: process.execPath, args, limitMs: hangMs, env });
  if (!(await child.says('ready\n'))) throw new Error(`The program did not begin: ${child.said()}`);
  return child;
}

/** The calls on paths below the job's directory of a run that nothing disturbs; it is written by it. */
export async function callsOf(job: WriteJob): Promise<readonly Call[]> {
  const child = await startWriter(job);
  const { calls } = await trace(child);
  child.tell('go');
  const { output } = await child.ended;
  if (!output.includes('done\n')) throw new Error(`The run that counts its calls failed: ${output}`);
  return callsBelow(job.dir, await calls);
}

/** Waits for both to end, then fails with the first failure: what one still uses must not be cleaned away under it. */
export async function both(lanes: readonly Promise<void>[]): Promise<void> {
  for (const lane of await Promise.allSettled(lanes)) if (lane.status === 'rejected') throw lane.reason;
}
