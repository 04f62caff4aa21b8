// Owns what all contenders of `loop` and `memory` have in common: the rounds, and what is observed in them.
import { rm } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { numberChunks, type Reading, reading } from '../../data/readings.js';
import type { Contender, Figures, OpenContender } from '../../harness/contender.js';
import type { StreamOptions, StreamRound } from './contest.js';
import { watchLoop } from './loop-delay.js';
import { watchMemory } from './resident.js';
import { startService } from './service.js';

/** Writes the first `rows` readings to `path` and returns when they are there. */
export type WriteRows = (rows: number, path: string) => Promise<void>;

export function streamContender(
  prepare: (options: StreamOptions) => Promise<{ readonly write: WriteRows; close(): Promise<void> }>,
): OpenContender<StreamOptions, StreamRound> {
  return async (options): Promise<Contender<StreamRound>> => {
    const { write, close } = await prepare(options);
    const { rows, observe } = options;
    if (observe.what === 'memory') {
      const memory = watchMemory();
      return {
        async round({ path }, watch) {
          await write(observe.warmRows, `${path}-warm`);
          await rm(`${path}-warm`, { recursive: true });
          await memory.begin();
          watch.start();
          await write(rows, path);
          watch.stop();
          return memory.end();
        },
        async close() {
          await memory.close();
          await close();
        },
      };
    }
    const service = await startService(observe.socket);
    return {
      async round({ path }, watch) {
        const loop = watchLoop();
        service.say('writing');
        watch.start();
        await write(rows, path);
        watch.stop();
        const figures: Figures = loop.end();
        service.say('idle');
        return figures;
      },
      async close() {
        await service.close();
        await close();
      },
    };
  };
}

/** Takes rows in chunks, as they come. */
export interface ChunkWriter {
  write(chunk: readonly Reading[]): void | Promise<void>;
  close(): Promise<void>;
}

/** Rows per chunk: of every contender. */
export const chunkRows = 1_024;

/** The event loop is given a turn after this long, as anybody would who serves requests besides. */
const turnMs = 5;

/** Makes rows and gives them to a writer, chunk by chunk, with turns of the event loop between them. */
export function inChunks(open: (path: string, rows: number) => Promise<ChunkWriter>): WriteRows {
  return async (rows, path) => {
    const writer = await open(path, rows);
    let since = performance.now();
    for (const ids of numberChunks(rows, chunkRows)) {
      await writer.write(ids.map((id) => reading(id, 0)));
      if (performance.now() - since < turnMs) continue;
      await nextTurn();
      since = performance.now();
    }
    await writer.close();
  };
}

/** Gathers chunks into groups of at least so many rows. */
export function grouped(
  groupRows: number,
  write: (group: readonly Reading[]) => void | Promise<void>,
  close: () => Promise<void>,
): ChunkWriter {
  let group: Reading[] = [];
  const flush = async (): Promise<void> => {
    const full = group;
    group = [];
    if (full.length > 0) await write(full);
  };
  return {
    async write(chunk) {
      for (const row of chunk) group.push(row);
      if (group.length >= groupRows) await flush();
    },
    async close() {
      await flush();
      await close();
    },
  };
}
