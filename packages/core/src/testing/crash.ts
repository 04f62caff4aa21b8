// Owns the death of a process for crash cases: a child takes the steps of a run, then kills itself as kill -9 would.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { deserialize, serialize } from 'node:v8';
import type { Schema } from '../batch/schema.js';
import type { ModuleRef } from '../sink/module-ref.js';
import type { StoreTarget } from '../sink/store.js';

/** A file that a child stages: its content is its one chunk. */
export interface CrashFile {
  readonly path: string;
  readonly text: string;
}

/** What the child does before it dies. `steps` are those of the protocol in order: it dies after that many. */
export type CrashJob =
  | {
      readonly kind: 'store';
      readonly store: ModuleRef;
      readonly target: StoreTarget;
      readonly files: readonly CrashFile[];
      /** The end of the protocol. */
      readonly end: 'commit' | 'abort';
      readonly steps: number;
    }
  | {
      readonly kind: 'sink';
      readonly sink: ModuleRef;
      readonly runId: string;
      readonly schema: Schema;
      /** Rows of the batches of each write. */
      readonly writes: readonly number[];
      readonly end: 'commit' | 'abort';
      readonly steps: number;
    };

/** What the child says before it dies. */
export interface LastWords {
  /** Steps taken, named. */
  readonly taken: readonly string[];
  /** True when the protocol was over before the child had to die: no further crash point is left. */
  readonly isOver: boolean;
  /** What `begin` gave, when it was called. */
  readonly staging: unknown;
}

/**
 * Runs a job in a process of its own until it kills itself. Costs one start of Node, about 0.1 s.
 * @throws Error with what the child wrote to stderr, when it ended otherwise
 */
export async function crash(job: CrashJob): Promise<LastWords> {
  const entry = createRequire(import.meta.url).resolve('#crash-child');
  const child = spawn(process.execPath, [entry], { stdio: ['pipe', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  let complaint = '';
  child.stdout.on('data', (bytes: Buffer) => output.push(bytes));
  child.stderr.on('data', (bytes: Buffer) => {
    complaint += bytes.toString();
  });
  // A child that dies early closes its end; how it ended is told below.
  child.stdin.on('error', () => undefined);
  child.stdin.end(serialize(job));
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (...end) => resolve(end));
  });
  if (signal !== 'SIGKILL') {
    throw new Error(`The run that had to crash ended with ${code ?? signal} instead: ${complaint}`);
  }
  // Written by crash-child.ts, from the same build.
  return deserialize(Buffer.concat(output)) as LastWords;
}
