// The page of the inspector in a real browser: runs as a newcomer sees them.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Inspector, inspector, type ShownRecording, showRecording } from '@tailrace/adapters/inspector';
import { customSink, exponential, fromIterable, type Pipeline, pipeline, type Report } from '@tailrace/core';
import type { Browser, Page } from 'playwright-core';
import { map } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../support/modules/faulty-sink.js';
import { launch, picture, pictures, show } from './browser.js';
import { patientClock, stillClock } from './clocks.js';
import { compare, readTimes, sumOf, timesSoFar, toggleNumbers, workers } from './times.js';

const module = pathToFileURL(createRequire(import.meta.url).resolve('#modules/faulty-sink'));
const demo = fileURLToPath(new URL('../../examples/dist/01-flights/main.js', import.meta.url));
let browser: Browser;
let dir: string;
let opened: (Inspector | ShownRecording)[] = [];
beforeAll(async () => {
  browser = await launch();
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

/** Both plots are drawn, the queue has its marks, and the page is dark where a dark one is asked for. */
async function looks(page: Page): Promise<void> {
  // As texts, since tests know no types of a browser.
  const painted = (): Promise<number[]> =>
    page.evaluate(`[...document.querySelectorAll('.plots canvas')].map((canvas) => {
      // Of a copy that is made to be read: a browser warns of reading what it draws on again and again.
      const copy = Object.assign(document.createElement('canvas'), { width: canvas.width, height: canvas.height });
      const pixels = copy.getContext('2d', { willReadFrequently: true });
      pixels.drawImage(canvas, 0, 0);
      const { data } = pixels.getImageData(0, 0, canvas.width, canvas.height);
      return data.filter((byte, index) => index % 4 === 3 && byte > 0).length;
    })`);
  await expect
    .poll(painted)
    .toSatisfy(
      (plots: readonly number[]) => plots.length >= 2 && plots.every((pixels: number) => pixels > 100),
    );
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
  await expect.poll(ink).toEqual(['rgb(11, 18, 32)', 'rgb(226, 232, 240)']);
  await page.emulateMedia({ colorScheme: 'light' });
  await expect.poll(ink).toEqual(light);
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
    const said: string[] = [];
    let url: string | undefined;
    for await (const line of createInterface(child.stderr)) {
      said.push(line);
      url = /^inspector: (\S+)$/.exec(line)?.[1];
      if (url !== undefined) break;
    }
    if (url === undefined) throw new Error(`The demo has told no address:\n${said.join('\n')}`);
    // Nobody reads on: what it says must not make it wait.
    child.stderr.resume();
    const { page, complaints } = await show(browser, url);
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
      await expect.poll(async () => Number(await share.getAttribute('width'))).toBeGreaterThan(90);
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
    await compare(again.page, report, await readFile(trace, 'utf8'));
    await expect.poll(() => again.page.locator('.verdict').textContent()).toBe(report.advice.text);
    await expect.poll(() => again.page.locator('.box.done').count()).toBe(5);
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
    await expect
      .poll(async () => (await page.locator('.problems pre').allTextContents()).join('\n'))
      .toMatch(/exit|ended/i);
    await picture(page, 'crash');
    const report = await run.settled;
    await compare(page, report, shown.trace());
    const { times } = readTimes(shown.trace());
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
    const { clock, release } = patientClock();
    const run = declared.run({ workers: 2, inspect: shown.inspect, clock });
    shown.watch(run, declared);
    try {
      await page.locator('.box.output.retrying').waitFor();
      await expect
        .poll(async () => (await page.locator('.verdict.bad').allTextContents()).join())
        .toMatch(/to be tried again/);
      await picture(page, 'storm');
    } finally {
      release();
    }
    const report = await run.settled;
    expect(report.state).toBe('completed');
    await compare(page, report, shown.trace());
    const { times } = readTimes(shown.trace());
    expect(sumOf(times, /^bad~/, 'backoff').spans).toBe(80);
    await expect
      .poll(() => page.locator('.verdict').textContent())
      .toMatch(/^80 attempts have failed and were made again/);
    await expect.poll(() => page.locator('.problems').textContent()).toContain('the sink is out of order');
    expect(await page.locator('.problems li').count()).toBeLessThan(5);
    await picture(page, 'storm-end');
    expect(complaints).toEqual([]);
  });
});

describe('a run whose writers are too slow', () => {
  /** A sink that takes its time for every batch, behind a source that is only held up by the memory of the run. */
  const slowly = (delayMs: number, isEnough = (): boolean => true): Pipeline =>
    pipeline('slow writers', (flow) => {
      const numbers = function* (): Generator<{ n: number }> {
        for (let n = 0; n < 2_000_000 || !isEnough(); n += 1) yield { n };
      };
      const source = flow.source('numbers', fromIterable(numbers()), { batchRows: 20_000 });
      const fault: Fault = { kind: 'slow', delayMs };
      const path = join(dir, 'slow');
      flow.write(
        'slow',
        source,
        customSink<{ n: number }>(module, { path, fault }, { name: 'slow', target: path }),
      );
    });

  it('says so, and its main thread is seen to wait', async () => {
    const shown = await opens();
    let isSeen = false;
    const declared = slowly(60, () => isSeen);
    const { page, complaints } = await show(browser, shown.url);
    const run = declared.run({ workers: 1, memory: '8MiB', inspect: shown.inspect });
    shown.watch(run, declared);
    try {
      // As a list: while it is not there, there is nothing to wait for.
      await expect
        .poll(async () => (await page.locator('.verdict.slow').allTextContents()).join())
        .toMatch(/^Writing is the bottleneck/);
      await picture(page, 'slow');
    } finally {
      isSeen = true;
    }
    const report = await run.completed;
    await compare(page, report, shown.trace());
    expect(complaints).toEqual([]);
  });

  it('computes, is blocked and waits in its lane for exactly as long as in its report, where one moment is the same for both', async () => {
    const clock = stillClock();
    const shown = await inspector({ clock });
    opened.push(shown);
    const declared = slowly(10);
    const run = declared.run({ workers: 1, memory: '8MiB', inspect: shown.inspect, clock });
    shown.watch(run, declared);
    const report = await run.completed;
    const { page } = await show(browser, shown.url);
    await compare(page, report, shown.trace());
    const { times, moments } = readTimes(shown.trace());
    expect(report.blockedMs).toBeGreaterThan(0);
    expect(times.get('main blocked')?.us).toBe(report.blockedMs * 1_000);
    expect(moments.computed).toBe(report.elapsedMs - report.tailMs);
    expect(moments.lastCommit).toBe(report.elapsedMs);
  });
});

describe('what holds a run up', () => {
  /** Rows until it is seen what they are slow for, out of a source, through a stage, into one file. */
  const slowFor = (
    what: { readonly readMs?: number; readonly burnMs?: number },
    isEnough: () => boolean,
  ): Pipeline =>
    pipeline('slow somewhere', (flow) => {
      const rows = async function* (): AsyncGenerator<{ n: number }> {
        for (let n = 0; n < 2_000 || !isEnough(); n += 1) {
          if (what.readMs !== undefined && n % 500 === 0)
            await new Promise((resolve) => setTimeout(resolve, what.readMs));
          yield { n };
        }
      };
      const burnt = map((row: { n: number }) => {
        const until = performance.now() + (what.burnMs ?? 0);
        while (performance.now() < until);
        return row;
      });
      const source = flow.source('numbers', fromIterable(rows()));
      const path = join(dir, 'held-up');
      const sink = customSink<{ n: number }>(
        module,
        { path, fault: { kind: 'none' } },
        { name: 'file', target: path },
      );
      flow.write('file', flow.stage('burnt', source, burnt, { batchRows: 1_000 }), sink);
    });

  /**
   * Runs until the page has said it, and what it shows then is what the report says.
   * @param isTold what else the trace tells before the run ends: a worker may begin long after the stages
   */
  const says = async (
    what: { readonly readMs?: number; readonly burnMs?: number },
    text: RegExp,
    workers = 2,
    isTold: (trace: string) => boolean = () => true,
  ): Promise<{ readonly report: Report; readonly trace: string }> => {
    const shown = await opens();
    let isSeen = false;
    const declared = slowFor(what, () => isSeen);
    const { page, complaints } = await show(browser, shown.url);
    const run = declared.run({ workers, inspect: shown.inspect });
    shown.watch(run, declared);
    try {
      await expect
        .poll(async () => (await page.locator('.verdict').allTextContents()).join(), { timeout: 15_000 })
        .toMatch(text);
      await expect.poll(() => isTold(shown.trace()), { timeout: 15_000 }).toBe(true);
    } finally {
      isSeen = true;
    }
    const report = await run.completed;
    const trace = shown.trace();
    if (workers > 0) await compare(page, report, trace);
    expect(complaints).toEqual([]);
    return { report, trace };
  };

  it('is computing: a writer that waits for batches is starved, and encodes for no longer than it did', async () => {
    const isStarved = (trace: string): boolean => {
      const times = timesSoFar(trace);
      return sumOf(times, workers, 'starved').us > sumOf(times, workers, 'encode').us;
    };
    const { report, trace } = await says({ burnMs: 0.2 }, /^Computing is the bottleneck/, 2, isStarved);
    expect(isStarved(trace)).toBe(true);
    const { times } = readTimes(trace);
    expect(sumOf(times, /^main /, 'compute').us).toBeGreaterThan(500 * report.elapsedMs);
  });

  it('is reading: it stands beside computing in the lane of the main thread', async () => {
    const { report, trace } = await says({ readMs: 40 }, /^Reading is the bottleneck/);
    const { times } = readTimes(trace);
    expect(sumOf(times, /^main /, 'read').us).toBeGreaterThan(500 * report.elapsedMs);
    expect(sumOf(times, /^main /, 'read').us).toBeGreaterThan(sumOf(times, /^main /, 'compute').us);
  });

  it('is one thread for everything, without workers', async () => {
    await says({ burnMs: 0.1 }, /^Everything runs on the main thread, one after the other: of the last/, 0);
  });
});

/** A run that goes on until it is told that it was seen. */
const endless = (isSeen: () => boolean): Pipeline =>
  pipeline('endless', (flow) => {
    const rows = async function* (): AsyncGenerator<{ n: number }> {
      for (let n = 0; !isSeen(); n += 1) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        yield { n };
      }
    };
    const path = join(dir, 'endless');
    const sink = customSink<{ n: number }>(
      module,
      { path, fault: { kind: 'none' } },
      { name: 'endless', target: path },
    );
    flow.write('endless', flow.source('numbers', fromIterable(rows())), sink);
  });

describe('a run whose program is gone', () => {
  it('is lost, and stays so while the page tries to find its program again, and when it finds another there', async () => {
    const shown = await opens();
    let isSeen = false;
    const declared = endless(() => isSeen);
    const { page } = await show(browser, shown.url);
    const run = declared.run({ workers: 0, inspect: shown.inspect });
    shown.watch(run, declared);
    try {
      await expect.poll(() => page.locator('.box.source.running').count()).toBe(1);
      const link = page.locator('.link');
      const tried = page.waitForEvent('requestfailed');
      await shown.close();
      await expect.poll(() => page.locator('header .pill').textContent()).toBe('lost');
      // It asks whether its token is still right only after it has tried the socket again.
      await tried;
      expect(await page.locator('header .pill').textContent()).toBe('lost');
      expect(await link.textContent()).toMatch(/^lost/);
      await expect
        .poll(() => page.locator('.verdict.bad').textContent())
        .toMatch(/^Nothing is heard of the run any more/);
      // The program is started again, and has drawn another token.
      opened.push(await inspector({ port: Number(new URL(shown.url).port) }));
      await expect.poll(() => link.textContent()).toMatch(/^refused/);
      expect(await page.locator('header .pill').textContent()).toBe('lost');
      expect(await page.locator('.verdict.bad').textContent()).toMatch(
        /^Nothing is heard of the run any more/,
      );
    } finally {
      isSeen = true;
    }
    await run.completed;
  });

  it('is lost in the recording that was saved while it went on', async () => {
    const shown = await opens();
    let isSeen = false;
    const declared = endless(() => isSeen);
    const run = declared.run({ workers: 0, inspect: shown.inspect });
    shown.watch(run, declared);
    try {
      await expect.poll(() => run.progress().state).toBe('running');
      await expect.poll(() => shown.trace()).toMatch(/"@tailrace\.progress".{0,200}"running"/);
      const file = join(dir, 'trace.json');
      await writeFile(file, shown.trace());
      const replayed = await showRecording(file);
      opened.push(replayed);
      const { page, complaints } = await show(browser, replayed.url);
      await expect.poll(() => page.locator('.link').textContent()).toBe('recording');
      await expect.poll(() => page.locator('header .pill').textContent()).toBe('lost');
      expect(await page.locator('.verdict.bad').textContent()).toMatch(
        /or its recording was saved before it ended/,
      );
      // As it was then.
      await page.getByRole('button', { name: 'Pause' }).click();
      await expect.poll(() => page.locator('header .pill').textContent()).toBe('running');
      expect(complaints).toEqual([]);
    } finally {
      isSeen = true;
    }
    await run.completed;
  });
});

describe('two runs at once', () => {
  it('have a page each: one is chosen, and its name, numbers, actors, lanes and report are its own', async () => {
    const shown = await opens();
    const over = { alpha: false, beta: false };
    const declared = (name: 'alpha' | 'beta', rowsAtOnce: number): Pipeline =>
      pipeline(name, (flow) => {
        const rows = async function* (): AsyncGenerator<{ n: number }> {
          for (let n = 0; !over[name]; n += 1) {
            if (n % rowsAtOnce === 0) await new Promise((resolve) => setTimeout(resolve, 20));
            yield { n };
          }
        };
        const path = join(dir, name);
        const sink = customSink<{ n: number }>(
          module,
          { path, fault: { kind: 'none' } },
          { name, target: path },
        );
        flow.write(
          `${name}-file`,
          flow.source(`${name}-rows`, fromIterable(rows()), { batchRows: rowsAtOnce }),
          sink,
        );
      });
    const { page, complaints } = await show(browser, shown.url);
    const begin = (name: 'alpha' | 'beta', rowsAtOnce: number): Promise<Report> => {
      const pipe = declared(name, rowsAtOnce);
      const run = pipe.run({ workers: 1, inspect: shown.inspect });
      shown.watch(run, pipe);
      return run.completed;
    };
    const lanes = (): Promise<string[]> =>
      page
        .locator('.gantt tbody tr')
        .evaluateAll((rows) => [...new Set(rows.map((row) => row.getAttribute('data-lane') ?? ''))]);
    const name = (): Promise<string | null> => page.locator('h1').textContent();
    const actors = (): Promise<string[]> => page.locator('.tree .row b').allTextContents();
    const boxes = async (): Promise<string> => (await page.locator('.box').allTextContents()).join(' ');
    const [alpha, beta] = [begin('alpha', 1_000), begin('beta', 10)];
    try {
      await expect.poll(name).toBe('beta');
      await expect.poll(boxes).toContain('beta-rows');
      expect(await boxes()).not.toContain('alpha');
      await page.getByLabel('Run').selectOption({ label: '1: alpha, running' });
      await expect.poll(name).toBe('alpha');
      await expect.poll(boxes).toContain('alpha-rows');
      await toggleNumbers(page);
      await expect.poll(lanes).toContain('w1');
      await expect.poll(actors).toContain('alpha-file~1');
      expect(await actors()).not.toContain('beta-file~1');
      over.alpha = true;
      const report = await alpha;
      await expect.poll(() => page.locator('header .pill').textContent()).toBe('completed');
      // Only one of the two has a lane for its output in what is shown.
      await expect.poll(lanes).toContain('alpha-file~1');
      expect(await lanes()).not.toContain('beta-file~1');
      await expect.poll(() => page.locator('.verdict').textContent()).toBe(report.advice.text);
      await page.getByLabel('Run').selectOption('');
      await expect.poll(name).toBe('beta');
      expect(await page.locator('header .pill').textContent()).toBe('running');
    } finally {
      over.alpha = true;
      over.beta = true;
    }
    await beta;
    await expect.poll(lanes).toContain('beta-file~1');
    expect(await lanes()).not.toContain('alpha-file~1');
    expect(complaints).toEqual([]);
  });
});
