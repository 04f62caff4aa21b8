// The page of the inspector in a real browser: a run that waits for room on a full disk. The disk is a real one, a small tmpfs,
// which only root may mount: this file is the only one of its suite that needs that.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Inspector, inspector } from '@tailrace/adapters/inspector';
import { fromIterable, none, pipeline } from '@tailrace/core';
import { ndjson } from '@tailrace/writers';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.js';
import { launch, litStates, picture, show } from './browser.js';
import { readTimes, sumOf, toggleNumbers } from './times.js';

const MiB = 2 ** 20;
let browser: Browser;
let shown: Inspector;
let scratch: string;
let disk: SmallDisk;
let cleanups: (() => unknown)[] = [];
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());
beforeEach(async () => {
  try {
    disk = mountSmallDisk(4 * 1_024);
  } catch (cause) {
    throw new Error(
      'This test fills a small tmpfs, which only root may mount, on Linux with CAP_SYS_ADMIN. The rest of the suite goes ' +
        'without: npx vitest run --project=browser --exclude=**/full-disk.test.ts',
      { cause },
    );
  }
  cleanups.push(() => disk.unmount());
  scratch = await mkdtemp(join(tmpdir(), 'tailrace-page-'));
  cleanups.push(() => rm(scratch, { recursive: true, force: true }));
  shown = await inspector();
  cleanups.push(() => shown.close());
});
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  // Only what could be made is there to be put away: without the right to mount, nothing is.
  for (const cleanup of cleanups.reverse()) await cleanup();
  cleanups = [];
});

/** Chooses the write that waits, among those that are told of. */
const chooseWrite = (page: Page): Promise<void> =>
  page
    .locator('.problems li', { has: page.locator('.pill.paused') })
    .getByRole('button')
    .first()
    .click();

describe('a disk that becomes full', () => {
  it('is seen by the write that is paused, in its chart, lane and box, until there is room', async () => {
    disk.fill(1 * MiB);
    const text = 'some hundred bytes of text, so that few rows fill a disk '.repeat(2);
    const declared = pipeline('orders', (flow) => {
      const rows = flow.source(
        'orders',
        fromIterable(Array.from({ length: 20_000 }, (_, n) => ({ n, text }))),
      );
      flow.write('archive', rows, ndjson(join(disk.path, 'archive')), { retry: none(), onDiskFull: 'wait' });
    });
    const { page, complaints } = await show(browser, shown.url);
    const run = declared.run({ workers: 1, scratchDir: scratch, inspect: shown.inspect });
    shown.watch(run, declared);
    await page.locator('.problems .pill.paused').first().waitFor();
    await chooseWrite(page);
    // It looks for room again and again, each time later than before.
    await expect.poll(() => litStates(page)).toEqual(['paused']);
    await expect
      .poll(() => page.locator('.verdict.bad').textContent())
      .toMatch(/^1 write waits for room on a full disk\. .*ENOSPC/);
    await expect.poll(() => page.locator('.box.output .fact').first().textContent()).toMatch(/^disk full · /);
    await expect.poll(() => page.locator('.tiles').textContent()).toContain('1 waiting for room');
    await expect.poll(() => page.locator('.problems').textContent()).toContain(disk.path);
    await picture(page, 'full-disk');

    disk.free();
    const report = await run.completed;
    await expect.poll(() => page.locator('header .pill').textContent()).toBe('completed');
    await expect.poll(() => litStates(page)).toEqual(['prepared']);
    await expect.poll(() => page.locator('.box.output.done').count()).toBe(1);
    await expect.poll(() => page.locator('.verdict.slow').textContent()).toContain('made again, see below.');
    // Every attempt but the last one has found no room, and none was waited for after it.
    const { times } = readTimes(shown.trace());
    expect(sumOf(times, /^archive~/, 'full disk').spans).toBe((report.outputs[0]?.attempts ?? 0) - 1);
    await toggleNumbers(page);
    const numbers = page.locator('.gantt tbody tr[data-doing="full disk"]');
    await expect
      .poll(() => numbers.getAttribute('data-spans'))
      .toBe(String((report.outputs[0]?.attempts ?? 0) - 1));
    expect(complaints).toEqual([]);
  });
});
