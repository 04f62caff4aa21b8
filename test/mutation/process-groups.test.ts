import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { endGroup, killOpenGroups, openGroup } from './process-groups.js';

/** Starts a child of its own, tells its process id, and then lives on or ends; the child never ends. */
const program = (last: string): string => `
  const child = require('node:child_process').spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });
  process.stdout.write(String(child.pid) + '\\n', () => { ${last} });`;

interface Started {
  readonly leader: number;
  readonly child: number;
  readonly process: ChildProcess;
}

async function startGroup(last: string): Promise<Started> {
  const leader = spawn(process.execPath, ['-e', program(last)], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = await once(leader.stdout, 'data');
  if (leader.pid === undefined) throw new Error('it has not started');
  openGroup(leader.pid);
  return { leader: leader.pid, child: Number(line), process: leader };
}

const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it('ends what a process has started, also when that process has ended before', async () => {
  const { leader, child, process: started } = await startGroup('process.exit()');
  if (started.exitCode === null) await once(started, 'exit');
  expect(isThere(child)).toBe(true);
  await endGroup(leader);
  expect(isThere(child)).toBe(false);
});

it('ends a process together with what it has started', async () => {
  const { leader, child } = await startGroup('setInterval(() => undefined, 1000)');
  await endGroup(leader);
  expect([isThere(leader), isThere(child)]).toEqual([false, false]);
});

it('ends all groups that are open when this process has to end, and none a second time', async () => {
  const { leader, process: started } = await startGroup('setInterval(() => undefined, 1000)');
  const ended = once(started, 'exit');
  killOpenGroups();
  expect(await ended).toEqual([null, 'SIGKILL']);
  await endGroup(leader);
  expect(() => killOpenGroups()).not.toThrow();
});
