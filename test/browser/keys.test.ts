// The keys of the inspector's page in a real browser: they work wherever a click has left the focus, and are left to what has
// a meaning of its own for them.
import { type Inspector, inspector } from '@tailrace/adapters/inspector';
import { systemClock } from '@tailrace/core';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createActor, setup } from 'xstate';
import { launch, show } from './browser.js';

const light = setup({}).createMachine({
  id: 'light',
  initial: 'green',
  states: { green: { on: { go: {} } } },
});
let browser: Browser;
let shown: Inspector;
let page: Page;
/** Milliseconds since 1970. */
const began = 1_000_000;
let now = began;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());
beforeEach(async () => {
  now = began;
  shown = await inspector({ clock: { ...systemClock, wallTime: () => now } });
  const actor = createActor(light, { id: 'one', inspect: shown.inspect }).start();
  createActor(light, { id: 'other', inspect: shown.inspect }).start();
  now += 10_000;
  actor.send({ type: 'go' });
  ({ page } = await show(browser, shown.url));
  await page.getByRole('treeitem').nth(1).waitFor();
});
afterEach(async () => {
  await page.context().close();
  await shown.close();
});

/** By place: it is called by what it does next. */
const pause = (): Locator => page.locator('.scrub button').first();
const slider = (): Locator => page.getByLabel('Moment');
const isLive = (): Promise<boolean> =>
  pause()
    .textContent()
    .then((text) => text === 'Pause');
/** What is shown, in milliseconds after the start. */
const moment = async (): Promise<number> => Math.round(Number(await slider().inputValue()) - began);
const focused = (): Promise<unknown> =>
  page.evaluate('document.activeElement.getAttribute("aria-label") ?? document.activeElement.tagName');

describe('the keys of the page', () => {
  it.each([
    ['an actor', (): Promise<void> => page.getByRole('treeitem').first().click()],
    ['a check box', (): Promise<void> => page.getByText('alive only').click()],
    ['what can be opened', (): Promise<void> => page.locator('summary').click()],
    ['a title', (): Promise<void> => page.locator('h1').click()],
    [
      'the button that pauses',
      async (): Promise<void> => {
        await pause().click();
        await pause().click();
      },
    ],
  ])('work after a click on %s', async (_, click) => {
    await click();
    await expect.poll(isLive).toBe(true);
    await page.keyboard.press(' ');
    await expect.poll(isLive).toBe(false);
    await page.keyboard.press(' ');
    await expect.poll(isLive).toBe(true);
    await page.keyboard.press('ArrowLeft');
    await expect.poll(moment).toBe(9_900);
    await page.keyboard.press('ArrowLeft');
    await expect.poll(moment).toBe(9_800);
    await page.keyboard.press('ArrowRight');
    await expect.poll(moment).toBe(9_900);
    await page.keyboard.press('ArrowRight');
    await expect.poll(isLive).toBe(true);
    await page.keyboard.press('/');
    await expect.poll(focused).toBe('Filter actors');
  });

  it('leave up and down to the list of actors', async () => {
    await page.getByRole('treeitem').first().click();
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => page.locator('.row[aria-selected="true"] b').textContent()).toBe('other');
    await page.keyboard.press('ArrowUp');
    await expect.poll(() => page.locator('.row[aria-selected="true"] b').textContent()).toBe('one');
  });

  it('leave the arrows to a slider that has the focus, and space has its use there', async () => {
    await slider().focus();
    await page.keyboard.press('Home');
    await expect.poll(moment).toBe(0);
    await page.keyboard.press('ArrowRight');
    await expect.poll(moment).toBe(100);
    await page.keyboard.press(' ');
    await expect.poll(isLive).toBe(true);
    await page.keyboard.press('/');
    await expect.poll(focused).toBe('Filter actors');
  });

  it('leave space to a button and a check box that were come to by keys', async () => {
    await page.keyboard.press('/');
    await page.keyboard.press('Tab');
    await page.keyboard.press(' ');
    await expect.poll(() => page.getByLabel('alive only').isChecked()).toBe(true);
    expect(await isLive()).toBe(true);
    await pause().focus();
    await page.keyboard.press(' ');
    await expect.poll(isLive).toBe(false);
    expect(await focused()).toBe('BUTTON');
  });

  it('are letters where text is typed', async () => {
    await page.keyboard.press('/');
    await page.keyboard.type('o / e');
    await expect.poll(() => page.getByLabel('Filter actors').inputValue()).toBe('o / e');
    await page.keyboard.press('ArrowLeft');
    expect(await isLive()).toBe(true);
  });
});

describe('the slider', () => {
  it('is live again at its right end', async () => {
    const box = await slider().boundingBox();
    if (box === null) throw new Error('The slider is not in sight.');
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width / 2, y);
    await page.mouse.down();
    await expect.poll(isLive).toBe(false);
    await page.mouse.move(box.x + box.width + 20, y);
    await page.mouse.up();
    await expect.poll(isLive).toBe(true);
    await page.keyboard.press('ArrowLeft');
    await expect.poll(isLive).toBe(false);
    await page.keyboard.press('End');
    await expect.poll(isLive).toBe(true);
  });
});
