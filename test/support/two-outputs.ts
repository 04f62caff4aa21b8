// Owns a job of two outputs from two sources: the first is published while the second still waits for its rows.
import {
  defineSchema,
  fromIterable,
  int32,
  type Pipeline,
  pipeline,
  utf8,
  type WriteMode,
} from '@tailrace/core';
import { csv, parquet } from '@tailrace/writers';

export interface TwoOutputs {
  readonly dir: string;
  /** Number of the job; its rows bear it. */
  readonly job: number;
  readonly mode: WriteMode;
  readonly publish: 'swap' | 'generations';
}

export const rowsOfOutput = 3_000;
const schema = defineSchema({ n: int32(), job: int32(), part: utf8() });

/**
 * Job 0 fills the partitions p0, p1 and p2, all others p1 and p3.
 * @param onOpen is told which source is read
 * @param held what the source of the second output waits for
 */
export function twoOutputs(
  { dir, job, mode, publish }: TwoOutputs,
  onOpen: (source: string) => void,
  held: Promise<void> = Promise.resolve(),
): Pipeline {
  const rows = Array.from({ length: rowsOfOutput }, (_, n) => {
    return { n, job, part: job === 0 ? `p${n % 3}` : `p${1 + (n % 2) * 2}` };
  });
  const source = (name: string, wait: Promise<void>) => {
    const all = fromIterable(rows, { fingerprint: `${name} of ${job}` });
    return {
      ...all,
      async *open(signal: AbortSignal) {
        onOpen(name);
        await wait;
        yield* all.open(signal);
      },
    };
  };
  return pipeline('two outputs', (flow) => {
    const one = flow.source('one', source('one', Promise.resolve()), { schema });
    const two = flow.source('two', source('two', held), { schema });
    flow.write('first', one, parquet(`${dir}/first`, { mode, publish, partitionBy: ['part'] }), {
      writeRows: 1_000,
    });
    flow.write('second', two, csv(`${dir}/second`, { mode: 'append' }));
  });
}
