// Owns a pipeline whose second table takes Spark some seconds to write: time for something to go wrong.
import {
  type DataFrame,
  frames,
  materialiseFrame,
  type SparkSession,
  sparkFiles,
} from '@tailrace/adapters/spark';
import { type Inspector, mapAsync, pipeline, type Run } from '@tailrace/core';

export interface SlowTables {
  /** Directory of the server that gets `quick` and `slow`. */
  readonly out: string;
  readonly staged: boolean;
  readonly mode?: 'error' | 'overwrite' | 'ignore';
  readonly inspect?: Inspector;
}

export const slowRows = 1_000;

/** Half a second for every fifty rows. */
const sleeping = "id % 50 <> 0 OR java_method('java.lang.Thread', 'sleep', 500L) IS NULL OR id >= 0";

export const isDone = (run: Run, output: string): boolean =>
  run.progress().outputs.some(({ name, state }) => name === output && state === 'done');

/** The second table is begun when the first is done: Spark gives its cores to whichever job came first. */
export function runSlowTables(
  spark: SparkSession,
  { out, staged, mode = 'error', inspect }: SlowTables,
): Run {
  let begin = (): void => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const declared = pipeline('slow tables', (flow) => {
    const quick = flow.source(
      'some rows',
      frames(spark, (session) => session.range(100)),
    );
    const target = (name: string) => sparkFiles(spark, `${out}/${name}`, { mode, staged });
    flow.write('quick', flow.stage('quick', quick, materialiseFrame()), target('quick'));
    const slow = flow.source(
      'sleeping rows',
      frames(spark, (session) => session.range(0, slowRows, { partitions: 20 }).filter(sleeping)),
    );
    const late = flow.stage(
      'later',
      slow,
      mapAsync(async (frame: DataFrame<{ id: bigint }>) => {
        await begun;
        return frame;
      }),
    );
    // Only some of it is computed before it is written: the rest of the time passes in the write.
    const partly = materialiseFrame<{ id: bigint }>({ trigger: 'partlyByTake' });
    flow.write('slow', flow.stage('slow', late, partly), target('slow'));
  });
  const run = declared.run({ workers: 2, inspect });
  const timer = setInterval(() => {
    if (isDone(run, 'quick')) begin();
  }, 20);
  void run.settled.finally(() => clearInterval(timer));
  return run;
}
