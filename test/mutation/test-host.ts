// Owns the process in which tests run (host.ts): started when it is needed, ended when it hangs, then started anew.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { RunTests, TestsRan } from './host.js';

export interface TestHost {
  /** Resolves with undefined when there is no answer in time: the process and all that it started are gone then. */
  run(message: RunTests, timeoutMs: number): Promise<TestsRan | undefined>;
  end(): void;
}

/** Vitest needs that long to start on a machine that does much else, in milliseconds. */
const startTimeoutMs = 120_000;

export function testHost(cwd: string, env: Readonly<Record<string, string>>): TestHost {
  let child: ChildProcess | undefined;

  const answer = (of: ChildProcess, timeoutMs: number): Promise<TestsRan | undefined> =>
    new Promise((resolve) => {
      const finish = (ran: TestsRan | undefined): void => {
        clearTimeout(timer);
        of.off('message', told).off('close', closed);
        resolve(ran);
      };
      const told = (message: unknown): void => finish(message as TestsRan); // host.ts sends nothing else.
      const closed = (): void => finish({ failed: 'the process of the tests died', durations: {} });
      const timer = setTimeout(() => {
        kill();
        finish(undefined);
      }, timeoutMs);
      of.once('message', told).once('close', closed);
    });

  const start = async (): Promise<ChildProcess> => {
    const started = fork(fileURLToPath(new URL('host.js', import.meta.url)), {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      // A group of its own, so that what it has started ends with it.
      detached: true,
    });
    child = started;
    const ready = await answer(started, startTimeoutMs);
    if (ready === undefined || ready.failed !== undefined)
      throw new Error(`vitest does not start: ${ready?.failed}`);
    started.once('close', () => {
      if (child === started) child = undefined;
    });
    return started;
  };

  const kill = (): void => {
    if (child?.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    child = undefined;
  };

  return {
    run: async (message, timeoutMs) => {
      const host = child ?? (await start());
      const answered = answer(host, timeoutMs);
      host.send(message);
      return answered;
    },
    end: kill,
  };
}
