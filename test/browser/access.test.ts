// Who gets at an inspector from a browser: only its own page, under its own name, with the token; not even when it is framed.
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Inspector, inspector } from '@tailrace/adapters/inspector';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createActor, setup } from 'xstate';
import { launch, show } from './browser.js';

const machine = setup({}).createMachine({ id: 'light', initial: 'green', states: { green: {} } });
let browser: Browser;
let shown: Inspector;
let elsewhere: Server;
beforeAll(async () => {
  // As an attacker's name server does: it leads a name of its own to this machine.
  browser = await launch(['evil.example']);
  elsewhere = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<!doctype html><title>elsewhere</title>');
  });
  elsewhere.listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
});
afterAll(async () => {
  await browser.close();
  elsewhere.close();
});
beforeEach(async () => {
  shown = await inspector();
  createActor(machine, { inspect: shown.inspect }).start();
});
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  await shown.close();
});

const tokenOf = ({ url }: Inspector): string => url.split('#token=')[1] ?? '';
/** A page of another origin on this machine. */
async function foreignPage(): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  // It listens on TCP.
  await page.goto(`http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`);
  return page;
}
/** What the server answers to a program that gives an origin as a browser would. */
const statusOf = (url: string, token: string, origin: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const asked = request(url, { headers: { authorization: `Bearer ${token}`, origin } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.on('error', reject).end();
  });
/** How a WebSocket from within a page ends. */
const tried = (page: Page, url: string, token: string): Promise<string> =>
  page.evaluate(
    ([to, secret]) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(to ?? '', ['tailrace', secret ?? '']);
        socket.addEventListener('message', () => resolve('told'));
        socket.addEventListener('close', () => resolve('refused'));
      }),
    [url, token] as const,
  );

describe('the inspector', () => {
  it('tells its own page, and that needs nothing else', async () => {
    const { page, complaints } = await show(browser, shown.url);
    await expect.poll(() => page.locator('.link').textContent()).toBe('live');
    await expect.poll(() => page.locator('.tree .row b').allTextContents()).toEqual(['light']);
    expect(complaints).toEqual([]);
  });

  it('refuses a page with a wrong token or none, which says so and does not try again', async () => {
    const { origin } = new URL(shown.url);
    for (const address of [`${origin}/`, `${origin}/#token=${'x'.repeat(43)}`]) {
      const { page } = await show(browser, address);
      await expect
        .poll(() => page.locator('.link').textContent())
        .toMatch(/^refused: open the whole address/);
      expect(await page.locator('.tree .row').count()).toBe(0);
    }
  });

  it('refuses a page of another origin, though it has the token', async () => {
    const page = await foreignPage();
    const { host, origin } = new URL(shown.url);
    expect(await tried(page, `ws://${host}/live`, tokenOf(shown))).toBe('refused');
    const read = await page.evaluate(
      ([url, token]) =>
        fetch(url ?? '', { headers: { authorization: `Bearer ${token}` } }).then(
          (answer) => `read ${answer.status}`,
          () => 'refused',
        ),
      [`${origin}/trace.json`, tokenOf(shown)] as const,
    );
    expect(read).toBe('refused');
    // A browser would keep an answer from that page anyway; that there is none is seen from outside only.
    expect(await statusOf(`${origin}/trace.json`, tokenOf(shown), 'http://elsewhere.example')).toBe(403);
    expect(await statusOf(`${origin}/trace.json`, tokenOf(shown), origin)).toBe(200);
  });

  it('refuses to be framed', async () => {
    const page = await foreignPage();
    await page.setContent(`<iframe src="${shown.url}"></iframe>`);
    const [, frame] = page.frames();
    expect(await frame?.locator('#page').count()).toBe(0);
  });

  it('refuses a name that leads to this machine but is not its own', async () => {
    const page = await (await browser.newContext()).newPage();
    const { port } = new URL(shown.url);
    const answer = await page.goto(`http://evil.example:${port}/#token=${tokenOf(shown)}`);
    expect(answer?.status()).toBe(421);
    expect(await tried(page, `ws://evil.example:${port}/live`, tokenOf(shown))).toBe('refused');
  });

  it('that is closed leaves its page with what it knows', async () => {
    const { page } = await show(browser, shown.url);
    await expect.poll(() => page.locator('.tree .row b').allTextContents()).toEqual(['light']);
    await shown.close();
    await expect.poll(() => page.locator('.link').textContent()).toMatch(/^lost/);
    expect(await page.locator('.tree .row b').allTextContents()).toEqual(['light']);
  });
});
