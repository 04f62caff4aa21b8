// Owns the cut of a durable job: what outputs are written from is put on stable storage before the first of them commits,
// and a run after a crash reads it from there, so that all outputs come from one computation.
import { join } from 'node:path';
import type { Batch } from '../batch/batch.js';
import type { Schema } from '../batch/schema.js';
import { CancelledError } from '../errors/named-errors.js';
import { type TailraceError, toTailraceError } from '../errors/tailrace-error.js';
import {
  createDurableSpill,
  type DurableSpill,
  readDurableSpill,
  type SpillFileSystem,
} from '../materialise/durable-spill.js';
import type { Memory } from '../materialise/memory.js';
import type { OutputFeed } from '../output/feed.js';
import { deferred } from '../pool/deferred.js';
import type { SpilledStage } from '../store/journal/records.js';
import { type Graph, originOf, type SourceNode } from './graph.js';

export interface Spilling {
  /** Where the batches of each stage go beside its outputs. */
  readonly taps: ReadonlyMap<string, OutputFeed>;
  /** Resolves when all is on stable storage, in the order of the stages; rejects with the first failure. */
  readonly whole: Promise<readonly SpilledStage[]>;
  /** Gives up what is not complete, and resolves when nothing is being written any more. Never rejects. */
  end(): Promise<void>;
}

/** Names of the stages that outputs are written from: those are spilled, nothing else. */
export function writtenStages(graph: Graph): string[] {
  return [...new Set(graph.outputs.map(({ from }) => originOf(graph, from)))];
}

/** Of one stage, by its place among the written ones: its name may be anything. */
export const spillDirectory = (root: string, index: number): string => join(root, String(index));

/** @param root an empty directory for this job alone */
export async function spillStages(
  fs: SpillFileSystem,
  root: string,
  stages: readonly string[],
  memory: Memory,
): Promise<Spilling> {
  const made: Tap[] = [];
  for (const [index, stage] of stages.entries()) {
    made.push(createTap(stage, await createDurableSpill(fs, spillDirectory(root, index)), memory));
  }
  const whole = Promise.all(made.map((tap) => tap.whole));
  // A run that ends early commits nothing, and so may ask nobody.
  whole.catch(() => undefined);
  return {
    taps: new Map(made.map(({ feed }, index) => [stages[index] ?? feed.name, feed])),
    whole,
    async end() {
      for (const { feed } of made) {
        if (!feed.closed) feed.fail(new CancelledError('The run has ended.', { operation: 'spill durably' }));
      }
      await Promise.all(made.map((tap) => tap.idle()));
    },
  };
}

interface Tap {
  readonly feed: OutputFeed;
  readonly whole: Promise<SpilledStage>;
  idle(): Promise<void>;
}

/** Batches wait in the byte budget until they are written, one after the other. */
function createTap(stage: string, spill: DurableSpill, memory: Memory): Tap {
  const whole = deferred<SpilledStage>();
  const listeners: (() => void)[] = [];
  let schema: Schema | null = null;
  let rejected: number | undefined;
  let last: Promise<void> = Promise.resolve();
  let closed = false;
  let failed = false;

  const close = (): void => {
    closed = true;
    for (const listener of listeners.splice(0)) listener();
  };
  const fail = (error: TailraceError): void => {
    failed = true;
    whole.reject(error);
    close();
  };
  const queue = (work: () => Promise<void>, letGo: () => void): void => {
    last = last.then(async () => {
      try {
        if (!failed) await work();
      } catch (error) {
        const prefix = `What stage '${stage}' emits could not be kept`;
        fail(toTailraceError(error, prefix, { code: 'STORE_FAILED', operation: 'spill durably' }));
      } finally {
        letGo();
      }
    });
  };
  const feed: OutputFeed = {
    name: `${stage} (kept)`,
    schema(known) {
      schema ??= known;
    },
    push(batch: Batch<unknown>) {
      if (closed) return;
      const own = batch.retain();
      queue(
        () => spill.write(own),
        () => own.release(),
      );
    },
    pushSpilled(spilled, release) {
      if (closed) {
        release();
        return;
      }
      queue(async () => {
        const batch = await memory.scratch.load<unknown>(spilled);
        try {
          await spill.write(batch);
        } finally {
          batch.release();
        }
      }, release);
    },
    refused(rows) {
      if (!closed) rejected = (rejected ?? 0) + rows;
    },
    complete() {
      if (closed) return;
      queue(
        async () => {
          const refused = rejected === undefined ? {} : { rejected };
          whole.resolve({ stage, schema, ...refused, ...(await spill.finish()) });
        },
        () => undefined,
      );
      close();
    },
    fail,
    get closed() {
      return closed;
    },
    onClosed(listener) {
      if (closed) listener();
      else listeners.push(listener);
    },
  };
  return { feed, whole: whole.promise, idle: () => last };
}

/** The graph with its written stages read from where they were kept, and nothing above them. */
export function readingBack(
  graph: Graph,
  fs: SpillFileSystem,
  root: string,
  stages: readonly SpilledStage[],
  memory: Memory,
): Graph {
  const kept = new Map(stages.map((stage, index) => [stage.stage, { stage, index }]));
  const nodes = graph.nodes.map((node) => {
    const found = kept.get(node.name);
    if (found === undefined || node.kind === 'hold') return node;
    const { stage, index } = found;
    const source: SourceNode = {
      kind: 'source',
      name: node.name,
      source: {
        name: `${node.name} (kept)`,
        open: (signal) => readDurableSpill(fs, spillDirectory(root, index), memory.slabs, signal),
      },
      options: { ...node.options, schema: stage.schema ?? node.options.schema },
      rejected: stage.rejected,
    };
    return source;
  });
  return { ...graph, nodes };
}
