// Owns starting a program of support/modules in a process of its own, as users start theirs: plain Node on what is built.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';

export interface Ended {
  readonly code: number | null;
  /** The signal that ended it, when it did not end by itself. */
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds from its start to its end. */
  readonly elapsedMs: number;
}

export interface Program {
  readonly ended: Promise<Ended>;
  /** Resolves when what it has said on stdout and stderr contains `text`; rejects when it ends before. */
  said(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/**
 * Starts `#modules/<name>` with `options` as JSON; it is killed when it has not ended after `limitMs`.
 * @param nodeArgs for Node itself: `--max-old-space-size=64`
 */
export function startProgram(
  name: string,
  options: unknown,
  limitMs: number = 20_000,
  nodeArgs: readonly string[] = [],
): Program {
  const main = createRequire(import.meta.url).resolve(`#modules/${name}`);
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...nodeArgs, main, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: limitMs,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  let hasEnded = false;
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of [...listeners]) listener();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    tell();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    tell();
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      hasEnded = true;
      resolve({ code, signal, stdout, stderr, elapsedMs: performance.now() - startedAt });
      tell();
    });
  });
  return {
    ended,
    said: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (`${stdout}${stderr}`.includes(text)) resolve();
          else if (hasEnded) reject(new Error(`${name} ended without saying "${text}":\n${stdout}${stderr}`));
          else return;
          listeners.delete(look);
        };
        listeners.add(look);
        look();
      }),
    kill: (signal) => void child.kill(signal),
  };
}
