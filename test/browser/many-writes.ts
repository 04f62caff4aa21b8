// Owns what the test and the figures of many writes share: the program that runs them, and somebody who types into the page.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Answer, Asked, Ran } from '../support/modules/many-writes.js';

export type Writes = Pick<Asked & { readonly type: 'run' }, 'writes' | 'writeRows' | 'sink'>;

export interface Program {
  /** Opens an inspector in it; answers its address. */
  open(): Promise<string>;
  /** A run; with the inspector if one is open. */
  run(writes: Writes): Promise<Ran>;
  close(): Promise<void>;
  end(): Promise<void>;
}

export async function startProgram(): Promise<Program> {
  const dir = await mkdtemp(join(tmpdir(), 'tailrace-writes-'));
  const program = fork(createRequire(import.meta.url).resolve('#modules/many-writes'));
  return {
    open: async () => (await ask(program, { type: 'open' }, 'opened')).url,
    async run(asked) {
      const ran = await ask(program, { type: 'run', ...asked, dir }, 'ran');
      expect(ran.writes).toBe(asked.writes);
      return ran;
    },
    async close() {
      await ask(program, { type: 'close' }, 'closed');
    },
    async end() {
      program.kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function ask<T extends Answer['type']>(
  program: ChildProcess,
  asked: Asked,
  type: T,
): Promise<Answer & { type: T }> {
  const gone = new AbortController();
  const ended = once(program, 'exit', { signal: gone.signal }).then(
    ([code]) => {
      throw new Error(`The program that runs the writes ended with code ${code}.`);
    },
    () => undefined,
  );
  const answered = once(program, 'message');
  program.send(asked);
  try {
    const [answer] = (await Promise.race([answered, ended])) ?? [];
    expect(answer).toMatchObject({ type });
    // It has just been seen to be of this kind.
    return answer as Answer & { type: T };
  } finally {
    gone.abort();
  }
}

/** How long the page took from each input until it was drawn, while a run goes on; in milliseconds. */
export async function inputs(page: Page, isOver: () => boolean): Promise<number[]> {
  await page.evaluate(`
    window.taken = [];
    new PerformanceObserver((list) => {
      for (const { duration, interactionId } of list.getEntries()) if (interactionId > 0) window.taken.push(duration);
    }).observe({ type: 'event', durationThreshold: 16 });
  `);
  const filter = page.getByLabel('Filter actors');
  let made = 0;
  while (!isOver()) {
    await filter.pressSequentially('out', { delay: 50 });
    await filter.press('ArrowLeft');
    await filter.fill('');
    await page.locator('.row').first().click();
    made += 5;
  }
  const slow = (await page.evaluate('window.taken')) as number[];
  // Those within one frame are not reported.
  return [...slow, ...Array.from({ length: Math.max(0, made - slow.length) }, () => 16)];
}

/** What the page holds: without what a browser that had no turn has not collected yet. */
export async function heldBytes(page: Page): Promise<number> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  return usedSize;
}
