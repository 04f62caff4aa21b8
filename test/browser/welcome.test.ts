// The page of the inspector in a real browser before it has anything to show: it says what it waits for.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Inspector, inspector, showRecording } from '@tailrace/adapters/inspector';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createActor, setup } from 'xstate';
import { launch, picture, show } from './browser.js';

const light = setup({}).createMachine({ id: 'light', initial: 'green', states: { green: {} } });
let browser: Browser;
let dir: string;
let shown: Inspector;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-welcome-'));
  shown = await inspector();
});
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  await shown.close();
  await rm(dir, { recursive: true, force: true });
});

/** A recording of what the inspector knows by now, on a page of its own. */
async function recording(): Promise<Awaited<ReturnType<typeof show>> & { close(): Promise<void> }> {
  const file = join(dir, 'trace.json');
  await writeFile(file, shown.trace());
  const replayed = await showRecording(file);
  return { ...(await show(browser, replayed.url)), close: replayed.close };
}

it('says how a run comes there while there is none, and gives way to the first actor', async () => {
  const { page, complaints } = await show(browser, shown.url);
  const welcome = page.locator('.welcome');
  await expect.poll(() => welcome.locator('h2').textContent()).toBe('Waiting for a run');
  for (const how of ['inspect: shown.inspect', 'shown.watch(run, flights)', 'url: shown.inspectUrl'])
    expect(await welcome.textContent()).toContain(how);
  // It has come into sight, and nothing empty stands beneath it.
  await expect
    .poll(() =>
      welcome.evaluate('document.querySelector(".welcome").checkVisibility({ opacityProperty: true })'),
    )
    .toBe(true);
  expect(await page.locator('main > section').count()).toBe(1);
  await picture(page, 'waiting');
  createActor(light, { inspect: shown.inspect }).start();
  await page.locator('.row').waitFor();
  expect(await welcome.count()).toBe(0);
  expect(await page.locator('main .hint').first().textContent()).toContain('shown.watch(run, pipeline)');
  expect(complaints).toEqual([]);
});

it('says of a recording that holds nothing that it does, and of one without runs that none was watched', async () => {
  const empty = await recording();
  await expect.poll(() => empty.page.locator('.welcome h2').textContent()).toBe('An empty recording');
  expect(empty.complaints).toEqual([]);
  await empty.close();
  createActor(light, { inspect: shown.inspect }).start();
  const actors = await recording();
  await actors.page.locator('.row').waitFor();
  expect(await actors.page.locator('main .hint').first().textContent()).toMatch(
    /^No run was watched when this was recorded/,
  );
  expect(actors.complaints).toEqual([]);
  await actors.close();
});
