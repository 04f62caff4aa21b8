// Owns the stage on which the running graph is tested: a declared graph with test outputs, and the look at
// what is held when a test is over. Never shipped.
import type { TailraceError } from '../errors/tailrace-error.js';
import { declareGraph, type Flow } from './declare.js';
import { createGraphRuntime, type GraphRuntime, type GraphRuntimeOptions } from './runtime.js';
import {
  numbered,
  settle,
  type TestClock,
  type TestFeed,
  type TestMemory,
  testClock,
  testFeed,
  testMemory,
} from './runtime-fixtures.js';

/** The usual row. */
export interface N {
  n: number;
}
export interface Failure {
  readonly stage: string;
  readonly error: TailraceError;
  readonly outputs: readonly string[];
}
export interface Scene {
  readonly runtime: GraphRuntime;
  readonly memory: TestMemory;
  readonly clock: TestClock;
  readonly failures: Failure[];
  readonly controller: AbortController;
  feed(name: string): TestFeed;
  state(stage: string): string | undefined;
}

export interface SceneOptions extends Partial<GraphRuntimeOptions> {
  readonly limitBytes?: number;
  /** Outputs that keep a reference to every batch. */
  readonly keep?: readonly string[];
}

const scenes: Scene[] = [];

/** Declares a graph and makes its runtime, with a feed for every output; not started. */
export function scene(declare: (flow: Flow) => void, options: SceneOptions = {}): Scene {
  const graph = declareGraph('p', declare);
  const memory = testMemory(options.limitBytes);
  const clock = testClock();
  const failures: Failure[] = [];
  const controller = new AbortController();
  const feeds = new Map(
    graph.outputs.map(({ name, sink: { takesFrom } }) => [
      name,
      testFeed(name, memory, {
        keep: options.keep?.includes(name) ?? false,
        ...(takesFrom === undefined ? {} : { takesFrom }),
      }),
    ]),
  );
  const runtime = createGraphRuntime(graph, {
    memory,
    clock,
    signal: controller.signal,
    feeds,
    onStageFailed: (stage, error, outputs) => void failures.push({ stage, error, outputs }),
    ...options,
  });
  const made: Scene = {
    runtime,
    memory,
    clock,
    failures,
    controller,
    feed(name) {
      const feed = feeds.get(name);
      if (feed === undefined) throw new Error(`no feed ${name}`);
      return feed;
    },
    state: (stage) => runtime.stats().find((stats) => stats.name === stage)?.state,
  };
  scenes.push(made);
  return made;
}

/** Starts a scene and waits for its end. */
export async function run(declare: (flow: Flow) => void, options: SceneOptions = {}): Promise<Scene> {
  const made = scene(declare, options);
  made.runtime.start();
  await made.runtime.finished;
  return made;
}

/** `{ n }` from 0. */
export const rows = (count: number): N[] => numbered(count).flat();

/** For `afterEach`: what the scenes since the last call still hold, which should be nothing. */
export async function leftovers(): Promise<readonly number[]> {
  await settle();
  return scenes
    .splice(0)
    .flatMap(({ memory }) => [memory.budget.usedBytes, memory.spillables.size, memory.spilled.size])
    .filter((held) => held !== 0);
}
