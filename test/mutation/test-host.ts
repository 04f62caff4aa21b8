// Owns the process in which tests run (host.ts): started when it is needed, ended when it hangs, then started anew.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { RunTests, TestsRan } from './host.js';
import { endGroup, openGroup } from './process-groups.js';

export interface TestHost {
  /** Resolves with undefined when there is no answer in time: the process and all that it started are gone then. */
  run(message: RunTests, timeoutMs: number): Promise<TestsRan | undefined>;
  /** Resolves when the process and all that it has started are gone. */
  end(): Promise<void>;
}

/** Vitest needs that long to start on a machine that does much else, in milliseconds. */
const startTimeoutMs = 120_000;
const processDied = 'the process of the tests died';

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
      const closed = (): void => finish({ failed: processDied, durations: {} });
      const timer = setTimeout(() => finish(undefined), timeoutMs);
      of.once('message', told).once('close', closed);
    });

  const end = async (): Promise<void> => {
    const group = child?.pid;
    child = undefined;
    // Its own end is not enough: a worker that loops outlives the process that has started it.
    if (group !== undefined) await endGroup(group);
  };

  const start = async (): Promise<ChildProcess> => {
    const started = fork(fileURLToPath(new URL('host.js', import.meta.url)), {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      // A group of its own, so that what it has started ends with it.
      detached: true,
    });
    if (started.pid !== undefined) openGroup(started.pid);
    child = started;
    const ready = await answer(started, startTimeoutMs);
    if (ready !== undefined && ready.failed === undefined) return started;
    await end();
    throw new Error(`vitest does not start: ${ready?.failed ?? 'no answer'}`);
  };

  return {
    run: async (message, timeoutMs) => {
      const host = child ?? (await start());
      const answered = answer(host, timeoutMs);
      host.send(message);
      const ran = await answered;
      if (ran === undefined || ran.failed === processDied) await end();
      return ran;
    },
    end,
  };
}
