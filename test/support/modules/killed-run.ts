// A program that runs a job until its journal comes to a named record, and is killed there. Started by resume-points.test.ts.
import { type KillPoint, killAtRecord } from '../kill-at-record.js';
import { type TwoOutputs, twoOutputs } from '../two-outputs.js';

export interface KilledOptions extends TwoOutputs {
  readonly point: KillPoint;
}

const { point, ...job }: KilledOptions = JSON.parse(process.argv[2] ?? '');
killAtRecord(point);
// The second output is not to come before the point, unless it is behind both.
const held = point.record === 'done' ? Promise.resolve() : new Promise<void>(() => undefined);
const run = twoOutputs(job, () => undefined, held).run({ workers: 1, resume: `${job.dir}/jobs` });
await run.completed;
