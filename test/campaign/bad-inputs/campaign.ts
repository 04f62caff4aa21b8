// Owns the campaign of bad inputs: it draws them, hands in several at a time, and counts what did not end as promised.
// Every input has a seed and a path, with which it is tried again alone, and made smaller.
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import fc from 'fast-check';
import { createTally, type Extent, type Figure, hangMs, type Tally } from '../figure.js';
import { anyTrial } from './inputs.js';
import { createScene, type Scene, trialMemory } from './scene.js';
import type { Trial } from './trial.js';
import { Problem } from './verdict.js';

/** Inputs drawn from one seed. */
const blockSize = 250;
const lanes = 6;

export interface BadInputsExtent extends Extent {
  /** Tries this input of the seed alone, and what fast-check makes smaller of it. */
  readonly path?: string | undefined;
}

async function inTime(work: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Problem('hung', `no end after ${hangMs} ms`)), hangMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Undefined when it ended as promised. */
async function judged(scene: Scene, trial: Trial): Promise<Problem | boolean> {
  const made: string[] = [];
  // Of its own: several trials go on at a time, and what one of them holds is none of another's.
  const memory = trialMemory();
  const own: Scene = {
    ...scene,
    memory,
    async fresh() {
      const dir = await scene.fresh();
      made.push(dirname(dir));
      return dir;
    },
  };
  try {
    const end = await inTime(trial.judge(own));
    const { usedBytes } = memory.budget;
    return usedBytes === 0 ? end : new Problem('altered', `${usedBytes} bytes are held after the end`);
  } catch (error) {
    if (error instanceof Problem) return error;
    const stack = error instanceof Error ? error.stack : String(error);
    return new Problem('altered', `an error that nobody expects: ${stack?.slice(0, 800)}`);
  } finally {
    for (const dir of made) await rm(dir, { recursive: true, force: true });
  }
}

/** Tries one input again and makes it as small as it still fails; what remains is told. */
async function shrink(scene: Scene, seed: number, path: string): Promise<string> {
  const property = fc.asyncProperty(anyTrial, async (trial) => {
    const end = await judged(scene, trial);
    if (end instanceof Problem)
      throw new Error(`${end.what}: ${trial.boundary}, ${trial.shown}: ${end.message}`);
  });
  const found = await fc.check(property, { seed, path, numRuns: 1, interruptAfterTimeLimit: 20_000 });
  const said = found.errorInstance instanceof Error ? found.errorInstance.message : 'it did not fail again';
  return `(seed ${seed}, path ${found.counterexamplePath ?? path}) ${said}`;
}

async function replay(scene: Scene, tally: Tally, { seed, path = '0' }: BadInputsExtent): Promise<void> {
  tally.counts.tried += 1;
  const said = await shrink(scene, seed, path);
  if (!said.includes('did not fail')) tally.bad('altered', said);
}

async function tryBlock(scene: Scene, tally: Tally, seed: number, count: number): Promise<void> {
  const trials = fc.sample(anyTrial, { seed, numRuns: count });
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next; at < trials.length && !tally.isOver(); at = next) {
      next += 1;
      const trial = trials[at];
      if (trial === undefined) return;
      tally.counts.tried += 1;
      tally.detail(trial.boundary);
      const end = await judged(scene, trial);
      if (end instanceof Problem) {
        tally.bad(
          end.what,
          `${trial.boundary}, ${trial.shown.slice(0, 400)}: ${end.message} (--seed ${seed} --path ${at})`,
        );
      } else {
        tally.detail(end ? 'accepted' : 'refused');
        if (trial.isRun) tally.detail('with files');
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** @throws nothing that an input has caused: that is counted */
export async function badInputs(extent: BadInputsExtent): Promise<Figure> {
  const tally = createTally(extent);
  const scene = await createScene();
  const onStray = (reason: unknown): void => {
    const said = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
    tally.bad('altered', `an error that nobody was given: ${said.slice(0, 800)}`);
  };
  process.on('unhandledRejection', onStray);
  process.on('uncaughtException', onStray);
  try {
    if (extent.path !== undefined) await replay(scene, tally, extent);
    for (let block = 0; extent.path === undefined && !tally.isOver(); block += 1) {
      const left = extent.trials - tally.counts.tried;
      await tryBlock(scene, tally, extent.seed + block, Math.min(blockSize, left));
    }
    // A rejection is told of after the turn in which it came about.
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off('unhandledRejection', onStray);
    process.off('uncaughtException', onStray);
    await scene.end();
  }
  return tally.figure('bad inputs');
}
