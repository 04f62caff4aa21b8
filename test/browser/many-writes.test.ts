// Ten thousand writes with the page open: it stays usable, and what it holds stays within limits. What that costs is measured by
// inspecting-cost.figures.ts.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, show } from './browser.js';
import { heldBytes, inputs, type Program, startProgram } from './many-writes.js';

/** Bytes that the page and the process of the run may hold. The history of an inspector alone may have 32 MiB of text. */
const mostHeapBytes = 200 * 2 ** 20;
const mostResidentBytes = 1_024 * 2 ** 20;
let browser: Browser;
let program: Program;
beforeAll(async () => {
  browser = await launch();
  program = await startProgram();
});
afterAll(async () => {
  await program.end();
  await browser.close();
});

describe('ten thousand writes', () => {
  it('leave the page usable, and both sides within their memory', { timeout: 1_200_000 }, async () => {
    const { page, complaints } = await show(browser, await program.open());
    let isOver = false;
    const typing = inputs(page, () => isOver);
    const running = program.run({ writes: 10_000, writeRows: 100, sink: 'totals' });
    const { residentBytes } = await running.finally(() => {
      isOver = true;
    });
    // How fast it is drawn is a figure: on a machine that has other work it says nothing of the page.
    expect((await typing).length).toBeGreaterThan(0);
    await expect.poll(() => page.locator('header .pill').textContent()).toBe('completed');
    await expect.poll(() => page.locator('header').textContent()).toMatch(/[\d,]+ more writes are counted/);
    expect(await heldBytes(page)).toBeLessThan(mostHeapBytes);
    expect(residentBytes).toBeLessThan(mostResidentBytes);
    expect(complaints).toEqual([]);
    await page.context().close();
    await program.close();
  });
});
