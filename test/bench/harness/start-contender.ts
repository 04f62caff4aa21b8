// Owns the parent's side of a contender: a fresh process, asked for one round at a time, ended with the bench.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FromContender, RoundReport, ToContender } from './contender.js';

export interface RunningContender<Input> {
  /** Rejects when the round fails, takes too long, or the process ends in it. */
  round(input: Input): Promise<RoundReport>;
  /** Lets it close, then ends the process. */
  end(): Promise<void>;
}

export interface StartOptions {
  readonly signal: AbortSignal;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Options of Node, such as `--max-old-space-size=4096`. */
  readonly execArgv?: readonly string[];
  /** Longest time for opening or a round. Default 600,000. */
  readonly limitMs?: number;
}

const child = fileURLToPath(new URL('./child.js', import.meta.url));

/**
 * Starts a process, loads `module` there (a URL; it exports `open`) and opens it with `options`, which are plain data.
 * @example
 * const contender = await startContender<RowsOptions, Round>(
 *   new URL('../contenders/rows/tailrace.js', import.meta.url), { rows }, { signal });
 */
export async function startContender<Options, Input>(
  module: URL,
  options: Options,
  { signal, env = {}, execArgv = [], limitMs = 600_000 }: StartOptions,
): Promise<RunningContender<Input>> {
  const name = module.pathname.split('/').slice(-2).join('/');
  const running = fork(child, [], {
    execArgv: ['--expose-gc', ...execArgv],
    env: { ...process.env, ...env },
    serialization: 'advanced',
    // What libraries print must not mix with the tables.
    stdio: ['ignore', process.stderr, process.stderr, 'ipc'],
    signal,
    killSignal: 'SIGKILL',
  });
  // The open question hears of it; without one, the next question finds the process gone.
  running.on('error', () => {});
  const ask = (message: ToContender): Promise<FromContender> => request(running, name, message, limitMs);
  await ask({ kind: 'open', module: module.href, options });
  return {
    async round(input) {
      const reply = await ask({ kind: 'round', input });
      if (reply.kind !== 'done') throw new Error(`${name} answered '${reply.kind}' to a round.`);
      return reply.report;
    },
    async end() {
      if (running.exitCode !== null || running.signalCode !== null) return;
      await ask({ kind: 'close' });
      const exited = new Promise<void>((resolve) => running.once('exit', () => resolve()));
      // Native threads may hold a process that has nothing left to do.
      running.kill('SIGKILL');
      await exited;
    },
  };
}

/** One question, one answer: a contender is never asked two things at once. */
function request(
  running: ChildProcess,
  name: string,
  message: ToContender,
  limitMs: number,
): Promise<FromContender> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      clearTimeout(limit);
      running.off('message', onMessage).off('error', onError).off('exit', onExit);
      settle();
    };
    const fail = (error: unknown): void => finish(() => reject(error));
    const onMessage = (reply: FromContender): void => {
      if (reply.kind === 'failed') fail(new Error(`${name} failed to ${message.kind}: ${reply.message}`));
      else finish(() => resolve(reply));
    };
    const onError = (error: Error): void => fail(error);
    const onExit = (code: number | null, killedBy: string | null): void =>
      fail(new Error(`${name} ended (${killedBy ?? `code ${code}`}) when it was asked to ${message.kind}.`));
    const limit = setTimeout(() => {
      running.kill('SIGKILL');
      fail(new Error(`${name} took more than ${limitMs} ms to ${message.kind}.`));
    }, limitMs);
    running.on('message', onMessage).on('error', onError).on('exit', onExit);
    running.send(message, (error) => {
      if (error !== null) fail(error);
    });
  });
}
