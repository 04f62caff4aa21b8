// What inspecting costs a run of ten thousand writes: the figures of docs/guides/inspecting.md, on a machine that has nothing else
// to do. TAILRACE_FIGURES is the number of rounds, 5 by default; each runs every kind once, in turns, and holds it against its own run without.
// TAILRACE_WRITE_ROWS, TAILRACE_WRITE_SINK (`totals` or `parquet`) and TAILRACE_FIGURE_KINDS say of what.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Ran } from '../support/modules/many-writes.js';
import { launch, show } from './browser.js';
import { heldBytes, inputs, type Program, startProgram, type Writes } from './many-writes.js';

const rounds = Number(process.env.TAILRACE_FIGURES ?? 5);
const asked: Writes = {
  writes: Number(process.env.TAILRACE_WRITES ?? 10_000),
  writeRows: Number(process.env.TAILRACE_WRITE_ROWS ?? 100),
  sink: process.env.TAILRACE_WRITE_SINK === 'parquet' ? 'parquet' : 'totals',
};
/**
 * `client` takes what a page would be sent and does nothing with it. `field` is somebody typing into a page that has a text field
 * and nothing of ours: what the browser, and what types into it, cost by themselves.
 */
const kinds = (process.env.TAILRACE_FIGURE_KINDS ?? 'without,inspector,client,page,typing,field').split(',');

interface Figures extends Ran {
  /** Of all processes of the browser. */
  readonly browserMs: number;
  /** Of this one, which types. */
  readonly driverMs: number;
}

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

const taken: number[] = [];
let heapBytes = 0;

async function browserMs(): Promise<number> {
  const devtools = await browser.newBrowserCDPSession();
  const { processInfo } = await devtools.send('SystemInfo.getProcessInfo');
  await devtools.detach();
  return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime * 1_000, 0);
}

/** A browser starts a process for the page that may be opened next: that is no part of what a page costs. */
async function rest(): Promise<void> {
  for (let [before, left] = [await browserMs(), 40]; left > 0; left -= 1) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const now = await browserMs();
    if (now - before < 10) return;
    before = now;
  }
}

/** A run, and what the browser and this process took meanwhile. */
async function measured(typedInto?: Page): Promise<Figures & { readonly took: readonly number[] }> {
  await rest();
  const [browserBefore, driverBefore] = [await browserMs(), process.cpuUsage()];
  let isOver = false;
  const typing = typedInto === undefined ? [] : inputs(typedInto, () => isOver);
  const ran = await program.run(asked).finally(() => {
    isOver = true;
  });
  const { user, system } = process.cpuUsage(driverBefore);
  const after = await browserMs();
  const took = await typing;
  return { ...ran, browserMs: after - browserBefore, driverMs: (user + system) / 1_000, took };
}

async function figuresOf(kind: string): Promise<Figures> {
  if (kind === 'without') return measured();
  if (kind === 'field') {
    const page = await browser.newPage();
    await page.setContent('<input type="search" aria-label="Filter actors"><p class="row">row</p>');
    const figures = await measured(page);
    await page.close();
    return figures;
  }
  const url = new URL(await program.open());
  try {
    if (kind === 'inspector') return await measured();
    if (kind === 'client') {
      const token = new URLSearchParams(url.hash.slice(1)).get('token') ?? '';
      const client = new WebSocket(`ws://${url.host}/live`, ['tailrace', token], { origin: url.origin });
      await new Promise((resolve) => client.once('open', resolve));
      const figures = await measured();
      client.terminate();
      return figures;
    }
    const { page, complaints } = await show(browser, url.href);
    await page.locator('.link.live').waitFor();
    const { took, ...figures } = await measured(kind === 'typing' ? page : undefined);
    taken.push(...took);
    await expect.poll(() => page.locator('header .pill').textContent()).toBe('completed');
    heapBytes = Math.max(heapBytes, await heldBytes(page));
    expect(complaints).toEqual([]);
    await page.context().close();
    return figures;
  } finally {
    await program.close();
  }
}

const sorted = (values: readonly number[]): readonly number[] => values.toSorted((a, b) => a - b);
const quantile = (values: readonly number[], share: number): number =>
  sorted(values)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;
/** The middle one, of an even number the mean of both. */
const median = (values: readonly number[]): number => {
  const inOrder = sorted(values);
  const upper = Math.floor(inOrder.length / 2);
  const [low = Number.NaN, high = low] = inOrder.slice(
    inOrder.length % 2 === 1 ? upper : upper - 1,
    upper + 1,
  );
  return (low + (inOrder.length % 2 === 1 ? low : high)) / 2;
};
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;
const percent = (ratio: number): string =>
  `${ratio < 1 ? '-' : '+'} ${Math.abs(100 * (ratio - 1)).toFixed(1)} %`;
const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

describe('what inspecting costs', () => {
  it('is told', { timeout: 3_600_000 }, async () => {
    await program.run({ ...asked, writes: Math.min(asked.writes, 1_000) });
    const all = new Map<string, Figures[]>(kinds.map((kind) => [kind, []]));
    for (let round = 0; round < rounds; round += 1) {
      // Another one is first each time: what a run leaves behind is the same for all.
      const first = round % kinds.length;
      for (const kind of [...kinds.slice(first), ...kinds.slice(0, first)])
        all.get(kind)?.push(await figuresOf(kind));
    }
    const without = all.get('without') ?? [];
    const lines = Array.from(all, ([kind, figures]) => {
      const of = (what: 'elapsedMs' | 'processorMs' | 'browserMs' | 'driverMs'): number =>
        median(figures.map((one) => one[what]));
      const against = (what: 'elapsedMs' | 'processorMs'): string => {
        const ratios = figures.map((one, round) => one[what] / (without[round]?.[what] ?? Number.NaN));
        return `${percent(median(ratios))} (${percent(Math.min(...ratios))} to ${percent(Math.max(...ratios))})`;
      };
      return (
        `${kind.padEnd(10)} run ${seconds(of('elapsedMs'))}, ${against('elapsedMs')}; ` +
        `its process ${seconds(of('processorMs'))}, ${against('processorMs')}; ` +
        `browser ${seconds(of('browserMs'))}, driver ${seconds(of('driverMs'))}; ` +
        `resident ${mebibytes(Math.max(...figures.map(({ residentBytes }) => residentBytes)))}; ` +
        `runs ${figures.map(({ elapsedMs }) => (elapsedMs / 1_000).toFixed(2)).join(' ')}`
      );
    });
    const text = (share: number): string => `${quantile(taken, share).toFixed(0)} ms`;
    process.stdout.write(
      `${asked.writes} writes of ${asked.writeRows} rows, ${asked.sink}, ${rounds} rounds\n${lines.join('\n')}\n` +
        `inputs ${taken.length}: median ${text(0.5)}, 98 % ${text(0.98)}, 99 % ${text(0.99)}, most ${text(1)}; ` +
        `page heap ${mebibytes(heapBytes)}\n`,
    );
    if (taken.length > 0) expect(quantile(taken, 0.98)).toBeLessThan(1_000);
  });
});
