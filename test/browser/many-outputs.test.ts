// The page of a run with very many outputs: it stays as high as a page is, and every output can be found on it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ShownRecording, showRecording } from '@tailrace/adapters/inspector';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, show } from './browser.js';

const outputs = 1_600;
let browser: Browser;
let shown: ShownRecording;
let dir: string;
beforeAll(async () => {
  browser = await launch();
  dir = await mkdtemp(join(tmpdir(), 'tailrace-outputs-'));
  const began = 1_700_000_000_000;
  const messages = Array.from({ length: outputs }, (_, n) => {
    const name = `out${n}~${n}`;
    const lane = { type: '@tailrace.lane', id: `x:${n}`, lane: name, name };
    return [
      // Those that do nothing but commit would be one lane.
      { ...lane, at: began + n, doing: 'backoff' },
      { ...lane, at: began + n + 500, doing: null },
    ];
  }).flat();
  const recording = join(dir, 'trace.json');
  await writeFile(recording, JSON.stringify({ traceEvents: [], tailrace: { version: 1, messages } }));
  shown = await showRecording(recording);
});
afterAll(async () => {
  await browser.close();
  await shown.close();
  await rm(dir, { recursive: true, force: true });
});

interface Canvas {
  readonly width: number;
  readonly height: number;
  /** Pixels on which something is drawn, beyond the names of lanes and above the axis. */
  readonly painted: number;
}

const canvasOf = (page: Page): Promise<Canvas> =>
  page.evaluate(`(() => {
    const canvas = document.querySelector('.gantt canvas');
    const { width, height } = canvas;
    const copy = Object.assign(document.createElement('canvas'), { width, height });
    const pixels = copy.getContext('2d', { willReadFrequently: true });
    pixels.drawImage(canvas, 0, 0);
    const { data } = pixels.getImageData(320, 0, width - 320, height - 80);
    let painted = 0;
    for (let at = 3; at < data.length; at += 4) if (data[at] === 255) painted += 1;
    return { width, height, painted };
  })()`);

describe(`the lanes of ${outputs} outputs`, () => {
  it('are drawn as far as they are in sight, the last of them as well as the first', async () => {
    const { page, complaints } = await show(browser, shown.url, { deviceScaleFactor: 2 });
    const bar = 500 * 16;
    await expect.poll(async () => (await canvasOf(page)).painted).toBeGreaterThan(bar);
    const { width, height } = await canvasOf(page);
    // As many bytes as a picture of the window has, whatever there is to draw.
    expect(4 * width * height).toBeLessThan(16_000_000);
    expect(Number(await page.evaluate('document.documentElement.scrollHeight'))).toBeLessThan(4_000);
    const lanes = page.locator('.lanes');
    await lanes.evaluate((box) => box.scrollTo(0, box.scrollHeight));
    await expect.poll(async () => (await canvasOf(page)).painted).toBeGreaterThan(bar);
    const box = await page.locator('.gantt canvas').boundingBox();
    if (box === null) throw new Error('The lanes are not in sight.');
    // The bar of the last output ends at the right edge, above the axis.
    await page.mouse.move(box.x + box.width - 40, box.y + box.height - 32);
    await expect.poll(() => page.locator('.hovered').textContent()).toContain(`out${outputs - 1}`);
    expect(complaints).toEqual([]);
  });
});
