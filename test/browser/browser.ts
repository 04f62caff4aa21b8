// Owns the browser of the tests: one that reaches nothing but this machine, remembers what a page asked for and said, and with
// TAILRACE_PICTURES=<folder> leaves the pictures of docs/guides/inspecting.md there.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { inject } from 'vitest';

export interface ShownPage {
  readonly page: Page;
  /** Errors and warnings of the console, uncaught errors, requests to elsewhere. */
  readonly complaints: string[];
}

/** How long a browser may take for one thing, in milliseconds: what a test waits for comes, or the test has found a mistake. */
const patienceMs = 90_000;

/** Every name leads nowhere, so that a page that asks the network for something fails; some lead here. */
export function launch(names: readonly string[] = []): Promise<Browser> {
  const rules = [...names.map((name) => `MAP ${name} 127.0.0.1`), 'MAP * ~NOTFOUND', 'EXCLUDE 127.0.0.1'];
  return chromium.launch({
    executablePath: inject('chromium'),
    timeout: patienceMs,
    // Tests run as root, for whom Chromium has no sandbox.
    args: ['--no-sandbox', `--host-resolver-rules=${rules.join(', ')}`],
  });
}

/** Opens the page of an inspector, with the network cut: requests to any other place are refused and noted. */
export async function show(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<ShownPage> {
  const context = await browser.newContext({ viewport: { width: 1_280, height: 900 }, ...options });
  context.setDefaultTimeout(patienceMs);
  const page = await context.newPage();
  const complaints: string[] = [];
  const { origin } = new URL(url);
  await context.route('**', async (route) => {
    const asked = route.request().url();
    if (new URL(asked).origin === origin || asked.startsWith('data:')) return route.continue();
    complaints.push(`asked for ${asked}`);
    return route.abort();
  });
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(url);
  return { page, complaints };
}

/** Where pictures are wanted, if they are. */
export const pictures = process.env.TAILRACE_PICTURES;

/** Frames go by: in them a part that has come into sight is noticed, it is drawn, and its canvas after that. */
const frames = (count: number): string => `new Promise((done) => {
  const next = (left) => (left === 0 ? done() : requestAnimationFrame(() => next(left - 1)));
  next(${count});
})`;

/** Leaves pictures of the whole page, light and dark, where pictures are wanted. */
export async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return;
  mkdirSync(pictures, { recursive: true });
  const viewport = page.viewportSize();
  const height = Number(await page.evaluate('document.documentElement.scrollHeight'));
  // All of it is in sight: parts that are not are drawn rarely.
  await page.setViewportSize({ width: 1_280, height });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(frames(10));
    await page.screenshot({ path: join(pictures, `${name}-${colorScheme}.png`), fullPage: true });
  }
  await page.emulateMedia({ colorScheme: 'light' });
  if (viewport !== null) await page.setViewportSize(viewport);
}

/** Paths of the states that are lit. */
export const litStates = (page: Page): Promise<string[]> =>
  page
    .locator('.state.lit')
    .evaluateAll((states) => states.map((state) => state.getAttribute('data-state') ?? ''));

export const chooseActor = (page: Page, sessionId: string): Promise<void> =>
  page.locator(`[data-actor=${JSON.stringify(sessionId)}]`).click();
