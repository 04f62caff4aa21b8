// The recording that a page saves, in a real browser: it is the one that the program would write.
import { readFile } from 'node:fs/promises';
import { type Inspector, inspector } from '@tailrace/adapters/inspector';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createActor, setup } from 'xstate';
import { launch, show } from './browser.js';

const light = setup({}).createMachine({ id: 'light', initial: 'green', states: { green: {} } });
let browser: Browser;
let shown: Inspector;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());
beforeEach(async () => {
  shown = await inspector();
  createActor(light, { inspect: shown.inspect }).start();
});
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  await shown.close();
});

it('is a file that holds what the program has recorded', async () => {
  const { page, complaints } = await show(browser, shown.url);
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save recording' }).click(),
  ]);
  expect(saved.suggestedFilename()).toBe('trace.json');
  expect(await readFile(await saved.path(), 'utf8')).toBe(shown.trace());
  expect(complaints).toEqual([]);
});

it('cannot be asked for when the program has ended', async () => {
  const { page } = await show(browser, shown.url);
  const button = page.getByRole('button', { name: 'Save recording' });
  await expect.poll(() => button.isEnabled()).toBe(true);
  await shown.close();
  await expect.poll(() => button.isDisabled()).toBe(true);
});

it('is said to be missing where the program cannot write it', async () => {
  const { page } = await show(browser, shown.url);
  await page.route('**/trace.json', (route) => route.fulfill({ status: 500, body: 'It is too long.' }));
  await page.getByRole('button', { name: 'Save recording' }).click();
  await expect
    .poll(() => page.getByRole('alert').textContent())
    .toBe('It could not be saved: It is too long.');
});
