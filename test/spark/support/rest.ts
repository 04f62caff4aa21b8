// Owns asking Spark's own REST interface. Spark documents it under "Monitoring and Instrumentation".

/** @param ui `http://127.0.0.1:4040` */
async function ask<T>(ui: string, path: string): Promise<T> {
  const answer = await fetch(`${ui}/api/v1/${path}`);
  return (await answer.json()) as T; // As documented.
}

async function ofApplication<T>(ui: string, path: string): Promise<T> {
  const [application] = await ask<{ readonly id: string }[]>(ui, 'applications');
  return ask(ui, `applications/${application?.id}/${path}`);
}

export interface StoredRdd {
  readonly id: number;
  readonly name: string;
  readonly numPartitions: number;
  readonly numCachedPartitions: number;
}

export const storedRdds = (ui: string): Promise<StoredRdd[]> => ofApplication(ui, 'storage/rdd');

/** Pools of the stages that Spark has been at. */
export async function poolsOfStages(ui: string): Promise<readonly string[]> {
  const stages = await ofApplication<readonly { readonly schedulingPool: string }[]>(ui, 'stages');
  return stages.map(({ schedulingPool }) => schedulingPool);
}

/** Jobs that Spark is at. */
export async function runningJobs(ui: string): Promise<number> {
  const jobs = await ofApplication<readonly unknown[]>(ui, 'jobs?status=running');
  return jobs.length;
}
