// The page of the inspector in a real browser: what it shows of actors is what they are, at every moment.
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { type Inspector, inspector } from '@tailrace/adapters/inspector';
import { customSink, fromIterable, pipeline, type Run, type Sink, systemClock } from '@tailrace/core';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ActorRefLike, createActor, type StateValue, setup } from 'xstate';
import { chooseActor, launch, litStates, show } from './browser.js';

interface Row {
  readonly n: number;
}

const module = pathToFileURL(createRequire(import.meta.url).resolve('#modules/faulty-sink'));
const hostile = '<img src=x onerror="window.stolen=1">';
let browser: Browser;
let shown: Inspector;
let dir: string;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-page-'));
  shown = await inspector();
});
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  await shown.close();
  await rm(dir, { recursive: true, force: true });
});

const sink = (name: string): Sink<Row> =>
  customSink<Row>(
    module,
    { path: join(dir, name), fault: { kind: 'none' } },
    { name, target: join(dir, name) },
  );

const light = setup({}).createMachine({
  id: 'light',
  initial: 'green',
  states: {
    green: { on: { go: 'moving' } },
    moving: {
      type: 'parallel',
      on: { stop: 'red' },
      states: {
        wheels: { initial: 'slow', states: { slow: { on: { faster: 'fast' } }, fast: {} } },
        radio: { initial: 'off', states: { off: { on: { tune: 'on' } }, on: {} } },
      },
    },
    red: { type: 'final' },
  },
});

/** Paths of the states that a value stands for. */
function pathsOf(value: StateValue, path = ''): string[] {
  if (typeof value === 'string') return [`${path}${value}`];
  return Object.entries(value).flatMap(([name, below = {}]) => [
    `${path}${name}`,
    ...pathsOf(below, `${path}${name}.`),
  ]);
}

describe('the state chart', () => {
  it('lights the states that the actor is in, as they change, of parallel ones all', async () => {
    const actor = createActor(light, { inspect: shown.inspect }).start();
    const { page, complaints } = await show(browser, shown.url);
    await chooseActor(page, actor.sessionId);
    await expect.poll(() => litStates(page)).toEqual(['green']);
    for (const type of ['go', 'faster', 'tune', 'stop'] as const) {
      actor.send({ type });
      await expect
        .poll(async () => (await litStates(page)).sort())
        .toEqual(pathsOf(actor.getSnapshot().value).sort());
    }
    expect(await litStates(page)).toEqual(['red']);
    expect(complaints).toEqual([]);
  });

  it('of every machine of a run under way shows the state that it is in', async () => {
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const rows = async function* (): AsyncGenerator<Row> {
      for (let n = 0; n < 30_000; n += 1) yield { n };
      await gate;
      yield { n: -1 };
    };
    const declared = pipeline('inspected', (flow) => {
      const numbers = flow.source('numbers', fromIterable(rows()), { batchRows: 5_000 });
      flow.write('first', numbers, sink('first'), { writeRows: 10_000 });
      flow.write('second', numbers, sink('second'), { writeRows: 15_000 });
    });
    const refs = new Map<string, ActorRefLike>();
    const run: Run = declared.run({
      workers: 1,
      inspect: (event) => {
        shown.inspect(event);
        if (event.type === '@xstate.actor') refs.set(event.actorRef.sessionId, event.actorRef);
      },
    });
    shown.watch(run, declared);
    const { page, complaints } = await show(browser, shown.url);
    // All that can be written before the gate opens is prepared.
    await expect.poll(() => run.progress().outputs.map(({ writes }) => writes.prepared)).toEqual([3, 2]);
    const listed = (): Promise<string[]> =>
      page
        .getByRole('treeitem')
        .evaluateAll((items) => items.map((item) => item.getAttribute('data-actor') ?? ''));
    // A run, its pool and worker, two outputs, five writes with their attempts; and what decides on workers, if anything.
    await expect.poll(async () => (await listed()).length).toBeGreaterThanOrEqual(15);
    for (const sessionId of await listed()) {
      await chooseActor(page, sessionId);
      // Both sides at each look: a worker may have begun to be idle since the last one.
      const seen = async (): Promise<readonly [lit: string[], is: string[]]> => {
        const lit = (await litStates(page)).sort();
        // Snapshots of machines have state values; an actor in a thread is mirrored with the same fields.
        const snapshot = refs.get(sessionId)?.getSnapshot() as { readonly value: StateValue } | undefined;
        return [lit, pathsOf(snapshot?.value ?? 'unknown').sort()];
      };
      await expect.poll(seen).toSatisfy(([lit, is]) => isDeepStrictEqual(lit, is));
    }
    release();
    await run.completed;
    await expect.poll(() => page.locator('header .pill').textContent()).toBe('completed');
    expect(complaints).toEqual([]);
  });
});

describe('a name made of HTML', () => {
  it('is text wherever it stands: sources, errors, actors, states, events', async () => {
    const strange = setup({}).createMachine({
      id: hostile,
      initial: hostile,
      states: { [hostile]: { on: { [hostile]: 'end' } }, end: {} },
    });
    const actor = createActor(strange, { id: hostile, inspect: shown.inspect }).start();
    const declared = pipeline('inspected', (flow) => {
      const rows = flow.source(
        hostile,
        fromIterable(
          (function* (): Generator<Row> {
            yield { n: 1 };
            throw new Error(hostile);
          })(),
        ),
      );
      flow.write('numbers', rows, sink('numbers'));
    });
    const run = declared.run({ workers: 0, inspect: shown.inspect });
    shown.watch(run, declared);
    expect((await run.settled).state).toBe('failed');
    const { page, complaints } = await show(browser, shown.url);
    await chooseActor(page, actor.sessionId);
    await expect.poll(() => litStates(page)).toEqual([hostile]);
    await expect.poll(() => page.locator('.snapshot').textContent()).toContain('<img');
    actor.send({ type: hostile });
    await expect.poll(() => litStates(page)).toEqual(['end']);
    for (const place of ['.graph title', '.problems pre', '.tree .row b', '.state title', '.log b']) {
      await expect
        .poll(async () => [place, (await page.locator(place).allTextContents()).join().includes('<img')])
        .toEqual([place, true]);
    }
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.evaluate('window.stolen')).toBeUndefined();
    expect(complaints).toEqual([]);
  });
});

describe('the list of actors', () => {
  it('shows those that fit a filter, with those around them, and is walked by keys', async () => {
    for (const id of ['alpha', 'beta', 'gamma']) createActor(light, { id, inspect: shown.inspect }).start();
    createActor(light, { id: 'moving beta', inspect: shown.inspect }).start().send({ type: 'go' });
    const { page } = await show(browser, shown.url);
    const names = (): Promise<string[]> => page.locator('.tree .row b').allTextContents();
    await expect.poll(names).toEqual(['alpha', 'beta', 'gamma', 'moving beta']);
    await page.keyboard.press('/');
    await page.keyboard.type('BETA');
    await expect.poll(names).toEqual(['beta', 'moving beta']);
    await page.getByRole('treeitem').first().click();
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => page.locator('.row[aria-selected="true"] b').textContent()).toBe('moving beta');
    await expect.poll(async () => (await litStates(page)).length).toBe(5);
    await page.getByLabel('Filter actors').fill('nobody');
    await expect.poll(names).toEqual([]);
  });
});

describe('the slider', () => {
  it('goes back to any earlier moment, and to the present again', async () => {
    let now = 1_000_000;
    await shown.close();
    shown = await inspector({ clock: { ...systemClock, wallTime: () => now } });
    const actor = createActor(light, { inspect: shown.inspect }).start();
    for (const type of ['go', 'faster', 'stop'] as const) {
      now += 1_000;
      actor.send({ type });
    }
    const { page } = await show(browser, shown.url);
    await chooseActor(page, actor.sessionId);
    const slider = page.getByLabel('Moment');
    await expect.poll(() => litStates(page)).toEqual(['red']);
    await slider.fill('1000500');
    await expect.poll(() => litStates(page)).toEqual(['green']);
    await slider.fill('1002500');
    await expect.poll(() => litStates(page)).toContain('moving.wheels.fast');
    await page.getByRole('button', { name: 'Go live' }).click();
    await expect.poll(() => litStates(page)).toEqual(['red']);
  });

  it('stands still while the page is paused, though the actor goes on', async () => {
    const actor = createActor(light, { inspect: shown.inspect }).start();
    const { page } = await show(browser, shown.url);
    await chooseActor(page, actor.sessionId);
    await page.locator('h1').click();
    await page.keyboard.press(' ');
    await page.getByRole('button', { name: 'Go live' }).waitFor();
    actor.send({ type: 'go' });
    // A second actor shows that the page was told: the end of the slider moves on.
    const last = (): Promise<number> =>
      page.getByLabel('Moment').evaluate((slider) => Number(slider.getAttribute('max')));
    const before = await last();
    await expect
      .poll(async () => {
        createActor(light, { inspect: shown.inspect }).start();
        return last();
      })
      .toBeGreaterThan(before);
    expect(await litStates(page)).toEqual(['green']);
    await page.keyboard.press(' ');
    await expect.poll(() => litStates(page)).toContain('moving');
  });

  it('keeps its other parts when one of them fails, which says so and can be tried again', async () => {
    createActor(light, { inspect: shown.inspect }).start();
    const context = await browser.newContext();
    const page = await context.newPage();
    // As text: these tests are compiled without the types of a browser.
    await page.addInitScript({
      content: `{
        const { prototype } = HTMLCanvasElement;
        const { getContext } = prototype;
        prototype.getContext = () => {
          prototype.getContext = getContext;
          throw new Error('no canvas today');
        };
      }`,
    });
    await page.goto(shown.url);
    const failed = page.locator('section', { hasText: 'Who did what' });
    await expect.poll(() => failed.locator('p').first().textContent()).toContain('no canvas today');
    await expect.poll(() => page.locator('.tree .row b').allTextContents()).toEqual(['light']);
    await failed.getByRole('button', { name: 'Try again' }).click();
    await expect.poll(() => failed.locator('canvas').count()).toBe(1);
  });
});
