// Owns asking Spark's own REST interface. Spark documents it under "Monitoring and Instrumentation".

/** Whoever asks again and again is not to wait for an answer that never comes. */
const answerMs = 30_000;

/** @param ui `http://127.0.0.1:4040` */
async function ask<T>(ui: string, path: string): Promise<T> {
  const url = `${ui}/api/v1/${path}`;
  const answer = await fetch(url, { signal: AbortSignal.timeout(answerMs) });
  if (!answer.ok) throw new Error(`Spark answers ${url} with ${answer.status} ${answer.statusText}.`);
  return (await answer.json()) as T; // As documented.
}

async function ofApplication<T>(ui: string, path: string): Promise<T> {
  const [application] = await ask<{ readonly id: string }[]>(ui, 'applications');
  if (application === undefined) throw new Error(`Spark knows of no application at ${ui}.`);
  return ask(ui, `applications/${application.id}/${path}`);
}

export interface StoredRdd {
  readonly id: number;
  readonly name: string;
  readonly numPartitions: number;
  readonly numCachedPartitions: number;
}

export const storedRdds = (ui: string): Promise<StoredRdd[]> => ofApplication(ui, 'storage/rdd');

interface Job {
  readonly jobId: number;
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'UNKNOWN';
  readonly stageIds: readonly number[];
  /** Among them are those of the request that it is for. */
  readonly jobTags: readonly string[];
  /** `2026-11-26T17:21:16.123GMT`. */
  readonly completionTime?: string;
  readonly numActiveTasks: number;
}

interface Stage {
  readonly stageId: number;
  /** Those that need not be computed again are `SKIPPED`, and have no pool of their own. */
  readonly status: string;
  readonly schedulingPool: string;
}

const jobsOf = (ui: string): Promise<readonly Job[]> => ofApplication(ui, 'jobs');

/** Jobs that Spark is at. */
export async function runningJobs(ui: string): Promise<number> {
  return (await jobsOf(ui)).filter(({ status }) => status === 'RUNNING').length;
}

/** Tasks that Spark is at. */
export async function runningTasks(ui: string): Promise<number> {
  return (await jobsOf(ui)).reduce((sum, { numActiveTasks }) => sum + numActiveTasks, 0);
}

/** When the last of its jobs ended, in milliseconds since 1970, by Spark's own word; undefined while that is not known of one. */
export async function jobsEndedAt(ui: string): Promise<number | undefined> {
  const jobs = await jobsOf(ui);
  const ends = jobs.map(({ completionTime }) => Date.parse((completionTime ?? '').replace('GMT', 'Z')));
  return ends.length === 0 || ends.some(Number.isNaN) ? undefined : Math.max(...ends);
}

/** Pools of the stages of jobs whose tags fit. */
export async function poolsOf(ui: string, tag: RegExp): Promise<readonly string[]> {
  const jobs = (await jobsOf(ui)).filter(({ jobTags }) => jobTags.some((one) => tag.test(one)));
  const stages = await ofApplication<readonly Stage[]>(ui, 'stages');
  const wanted = new Set(jobs.flatMap(({ stageIds }) => stageIds));
  const pools = stages
    .filter(({ stageId, status }) => wanted.has(stageId) && status !== 'SKIPPED')
    .map(({ schedulingPool }) => schedulingPool);
  return [...new Set(pools)];
}
