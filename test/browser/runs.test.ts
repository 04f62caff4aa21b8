// The page of the inspector in a real browser: runs as a newcomer sees them. With TAILRACE_PICTURES=<folder> it leaves the
// pictures of docs/guides/inspecting.md there.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Inspector, inspector, type ShownRecording, showRecording } from '@tailrace/adapters/inspector';
import { customSink, exponential, fromIterable, type Pipeline, pipeline, type Report } from '@tailrace/core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../support/modules/faulty-sink.js';
import { launch, show } from './browser.js';

const pictures = process.env.TAILRACE_PICTURES;
const module = pathToFileURL(createRequire(import.meta.url).resolve('#modules/faulty-sink'));
const demo = fileURLToPath(new URL('../../examples/dist/01-flights/main.js', import.meta.url));
let browser: Browser;
let dir: string;
let opened: (Inspector | ShownRecording)[] = [];
beforeAll(async () => {
  browser = await launch();
  if (pictures !== undefined) await mkdir(pictures, { recursive: true });
});
afterAll(() => browser.close());
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-page-'));
});
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  await Promise.all(opened.map((shown) => shown.close()));
  opened = [];
  await rm(dir, { recursive: true, force: true });
});

async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    // Two frames: one for the style, one for what is drawn again after it.
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    await page.screenshot({ path: join(pictures, `${name}-${colorScheme}.png`), fullPage: true });
  }
  await page.emulateMedia({ colorScheme: 'light' });
}

async function opens(): Promise<Inspector> {
  const shown = await inspector();
  opened.push(shown);
  return shown;
}

/** Two outputs, of which one meets a fault in every write; rows are made slowly enough to watch. */
const troubled = (fault: Fault, rows: number, writeRows: number): Pipeline =>
  pipeline('troubled', (flow) => {
    const numbers = Array.from({ length: rows }, (_, n) => ({ n }));
    const source = flow.source('numbers', fromIterable(numbers), { batchRows: writeRows });
    const sinkOf = (name: string, its: Fault) =>
      customSink<{ n: number }>(
        module,
        { path: join(dir, name), fault: its },
        { name, target: join(dir, name) },
      );
    flow.write('good', source, sinkOf('good', { kind: 'none' }), { writeRows });
    flow.write('bad', source, sinkOf('bad', fault), {
      writeRows,
      retry: exponential({ attempts: 4, baseMs: 1_200, capMs: 3_000 }),
      retryBudget: { minRetries: 1_000 },
    });
  });

interface Times {
  readonly spans: number;
  readonly ms: number;
}
/** What the page says of each lane, by `lane doing`. */
async function laneTimes(page: Page): Promise<Map<string, Times>> {
  const rows = await page.locator('.gantt tbody tr').evaluateAll((all) =>
    all.map((row) => {
      const of = (name: string): string => row.getAttribute(`data-${name}`) ?? '';
      return [`${of('lane')} ${of('doing')}`, { spans: Number(of('spans')), ms: Number(of('ms')) }] as const;
    }),
  );
  return new Map(rows);
}
const sumOf = (times: ReadonlyMap<string, Times>, lanes: RegExp, doing: string): Times =>
  [...times]
    .filter(([key]) => lanes.test(key) && key.endsWith(` ${doing}`))
    .reduce((sum, [, { spans, ms }]) => ({ spans: sum.spans + spans, ms: sum.ms + ms }), { spans: 0, ms: 0 });

/** The same of the spans that a trace has for Perfetto: no more and no less may be on the page. */
function timesIn(trace: string): Map<string, Times> {
  interface Span {
    readonly ph: string;
    readonly cat: string;
    readonly dur: number;
    readonly args: { readonly lane: string };
  }
  // What a trace of ours holds; its own test reads it by the rules of the format.
  const { traceEvents } = JSON.parse(trace) as { readonly traceEvents: readonly Span[] };
  const times = new Map<string, Times>();
  for (const { cat, dur, args } of traceEvents.filter(({ ph }) => ph === 'X')) {
    const key = `${args.lane} ${cat}`;
    const { spans, ms } = times.get(key) ?? { spans: 0, ms: 0 };
    times.set(key, { spans: spans + 1, ms: ms + dur / 1_000 });
  }
  return times;
}

/** Both plots are drawn, the queue has its marks, and the page is dark where a dark one is asked for. */
async function looks(page: Page): Promise<void> {
  // As texts, since tests know no types of a browser.
  const painted = (): Promise<number[]> =>
    page.evaluate(`[...document.querySelectorAll('.plots canvas')].map((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return data.filter((byte, index) => index % 4 === 3 && byte > 0).length;
    })`);
  await expect.poll(async () => (await painted()).every((pixels) => pixels > 100)).toBe(true);
  expect(await page.locator('.plots canvas').count()).toBeGreaterThanOrEqual(2);
  const [low = 0, high = 0] = await page
    .locator('.queue .low, .queue .high')
    .evaluateAll((marks) => marks.map((mark) => Number(mark.getAttribute('x'))));
  expect(low).toBeGreaterThan(0);
  expect(high).toBeGreaterThan(low);
  const ink = (): Promise<string[]> =>
    page.evaluate('[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]');
  const light = await ink();
  await page.emulateMedia({ colorScheme: 'dark' });
  // Those of page.css.
  expect(await ink()).toEqual(['rgb(11, 18, 32)', 'rgb(226, 232, 240)']);
  await page.emulateMedia({ colorScheme: 'light' });
  expect(await ink()).toEqual(light);
}

const workers = /^[wq]\d+ /;

/** What the page shows of a run that is over is what its report says. */
async function compare(page: Page, report: Report): Promise<void> {
  await expect.poll(() => page.locator('header .pill').textContent()).toBe(report.state);
  const times = await laneTimes(page);
  const attempts = report.outputs.reduce((sum, output) => sum + output.attempts, 0);
  const begun = sumOf(times, workers, 'open').spans;
  // An attempt whose thread dies under it may not have said that it began.
  if (sumOf(times, workers, 'crash').spans === 0) expect(begun).toBe(attempts);
  else expect(begun).toBeLessThanOrEqual(attempts);
  expect(begun).toBeGreaterThanOrEqual(report.outputs.reduce((sum, output) => sum + output.writes, 0));
  const done = report.outputs.filter(({ state }) => state === 'done');
  expect(sumOf(times, /~\d+ /, 'commit').spans).toBeGreaterThanOrEqual(done.length);
  for (const { name } of done) expect([...times.keys()].some((key) => key.startsWith(`${name}~`))).toBe(true);
  expect(new Set([...times.keys()].map((key) => key.split(' ')[0])).has(`w${report.workers}`)).toBe(true);
  // States change a turn after what they stand for.
  const main = (doing: string): number => times.get(`main ${doing}`)?.ms ?? 0;
  const within = 200 + report.elapsedMs / 10;
  expect(Math.abs(main('blocked') - report.blockedMs)).toBeLessThan(within + report.blockedMs / 2);
  expect(Math.abs(main('waiting') - report.tailMs)).toBeLessThan(within);
  expect(main('compute') + main('blocked') + main('waiting')).toBeLessThan(report.elapsedMs + within);
}

describe('the flights demo at work', () => {
  it('is shown from its start to its end, without an error, and as its report says', async () => {
    const out = join(dir, 'out');
    const trace = join(dir, 'trace.json');
    const rows = pictures === undefined ? 150_000 : 600_000;
    const child = spawn(
      process.execPath,
      [demo, '--inspect', '--wait', '--trace', trace, '--out', out, '--rows', String(rows), '--workers', '2'],
      { stdio: ['pipe', 'ignore', 'pipe'] },
    );
    const exit = new Promise((resolve) => child.once('exit', resolve));
    let url: string | undefined;
    for await (const line of createInterface(child.stderr)) {
      url = /^inspector: (\S+)$/.exec(line)?.[1];
      if (url !== undefined) break;
    }
    // Nobody reads on: what it says must not make it wait.
    child.stderr.resume();
    const { page, complaints } = await show(browser, url ?? '');
    // The run begins when the page is there to see it.
    await expect.poll(() => page.locator('.link').textContent()).toBe('live');
    expect(await page.locator('.box').count()).toBe(0);
    child.stdin.end('\n');
    await page.locator('.box.source').first().waitFor();
    await picture(page, 'flights-start');
    const outputs = page.locator('.box.output');
    await expect.poll(() => outputs.count()).toBe(5);
    if (pictures !== undefined) {
      // The page's policy allows no code from texts, such as a function to wait for would be.
      const share = page.locator('.share').first();
      await expect
        .poll(async () => Number(await share.getAttribute('width')), { timeout: 60_000 })
        .toBeGreaterThan(90);
      await picture(page, 'flights-middle');
    }
    expect(await exit).toBe(0);
    // The program is over, and with it the server; nothing else may have gone wrong.
    await expect.poll(() => page.locator('.link').textContent()).toMatch(/^lost/);
    expect(complaints.filter((text) => !/ERR_CONNECTION|WebSocket/.test(text))).toEqual([]);

    const replayed = await showRecording(trace);
    opened.push(replayed);
    const again = await show(browser, replayed.url);
    // The demo has written its report beside its outputs.
    const report = JSON.parse(await readFile(join(out, 'report.json'), 'utf8')) as Report;
    await compare(again.page, report);
    expect(await again.page.locator('.verdict').textContent()).toBe(report.advice.text);
    expect(await again.page.locator('.box.done').count()).toBe(5);
    // A trace has whole microseconds; the page adds up milliseconds as they come.
    const traced = Array.from(
      timesIn(await readFile(trace, 'utf8')),
      ([key, { spans, ms }]) => [key, { spans, ms: expect.closeTo(ms, 0) }] as const,
    );
    expect(await laneTimes(again.page)).toEqual(new Map(traced));
    await looks(again.page);
    await picture(again.page, 'flights-end');
    expect(again.complaints).toEqual([]);
  });
});

describe('a worker that crashes', () => {
  it('is told of at once, with the full text, and its lane shows when', async () => {
    const shown = await opens();
    const declared = troubled({ kind: 'exit', times: 2 }, 4_000, 1_000);
    const { page, complaints } = await show(browser, shown.url);
    const run = declared.run({ workers: 2, inspect: shown.inspect });
    shown.watch(run, declared);
    await page.locator('.problems .pill.crashed').first().waitFor();
    const texts = await page.locator('.problems pre').allTextContents();
    expect(texts.join('\n')).toMatch(/exit|ended/i);
    await picture(page, 'crash');
    const report = await run.settled;
    await compare(page, report);
    const times = await laneTimes(page);
    expect(sumOf(times, workers, 'crash').spans).toBeGreaterThan(0);
    await picture(page, 'crash-end');
    expect(complaints).toEqual([]);
  });
});

describe('a storm of retries', () => {
  it('is a few lines, with the number of tries, and says what waits until when', async () => {
    const shown = await opens();
    const declared = troubled({ kind: 'throw', times: 2 }, 40_000, 1_000);
    const { page, complaints } = await show(browser, shown.url);
    const run = declared.run({ workers: 2, inspect: shown.inspect });
    shown.watch(run, declared);
    await page.locator('.box.output.retrying').waitFor();
    await expect.poll(() => page.locator('.verdict.bad').textContent()).toMatch(/to be tried again/);
    await picture(page, 'storm');
    const report = await run.settled;
    expect(report.state).toBe('completed');
    await compare(page, report);
    const times = await laneTimes(page);
    expect(sumOf(times, /^bad~/, 'backoff').spans).toBe(80);
    expect(await page.locator('.problems li').count()).toBeLessThan(5);
    expect(await page.locator('.problems').textContent()).toContain('the sink is out of order');
    await picture(page, 'storm-end');
    expect(complaints).toEqual([]);
  });
});
