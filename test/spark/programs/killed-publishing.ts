// A program that kills itself at one moment of putting a staged output in its place. Started by resume.test.ts.
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { runStagedJob, type StagedJob } from '../support/staged-job.js';

const job: StagedJob = JSON.parse(process.argv[2] ?? '');
const { rename } = fs;
fs.rename = async (from, to) => {
  await rename(from, to);
  const moved = job.killAt === 'published' ? to : from;
  if (moved === job.out) process.kill(process.pid, 'SIGKILL');
};
syncBuiltinESMExports();
await runStagedJob(job);
