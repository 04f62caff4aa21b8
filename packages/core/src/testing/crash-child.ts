// Owns the child process of crash cases: it takes the steps of a job read from stdin, says what it did, and kills itself.
import { writeSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { loadModule } from '../sink/load.js';
import type { Prepared, SinkDefinition, StagedFile } from '../sink/sink.js';
import type { StoreDefinition } from '../sink/store.js';
import type { CrashJob, LastWords } from './crash.js';
import { sampleBatch } from './sample.js';
import { manifestOf } from './store-manifest.js';

type JobOf<K extends CrashJob['kind']> = Extract<CrashJob, { readonly kind: K }>;
/** Takes a step, unless the process has to die before it. */
type Step = <T>(name: string, act: () => T | Promise<T>) => Promise<T>;

const signal = new AbortController().signal;
const taken: string[] = [];
let staging: unknown;

function die(isOver: boolean): never {
  const words: LastWords = { taken, isOver, staging };
  const bytes = serialize(words);
  for (let sent = 0; sent < bytes.length; ) sent += writeSync(1, bytes, sent);
  process.kill(process.pid, 'SIGKILL');
  // The signal takes this thread with it before the call returns, or a moment later.
  for (;;);
}

async function storeRun(job: JobOf<'store'>, step: Step): Promise<void> {
  const { target, files, end } = job;
  const store = await loadModule<StoreDefinition>(job.store, 'store');
  const context = { options: job.store.options, target, signal };
  const begun = await step('begin', async () => {
    const answer = await store.begin(context);
    if (answer === 'skip') throw new Error('begin() said skip');
    staging = structuredClone(answer.staging);
    return { ...context, staging };
  });
  const staged: StagedFile[] = [];
  for (const { path, text } of files) {
    const file = await step(`createFile ${path}`, () => store.createFile({ ...begun, path }));
    await step(`write ${path}`, () => file.write(new TextEncoder().encode(text)));
    const closed = await step(`close ${path}`, () => file.close());
    staged.push({ path, rows: 1, ...closed });
  }
  const manifest = manifestOf(target, staged);
  await step(end, () => (end === 'commit' ? store.commit({ ...begun, manifest }) : store.abort(begun)));
}

async function sinkRun(job: JobOf<'sink'>, step: Step): Promise<void> {
  const { runId, schema, writes, end } = job;
  const sink = await loadModule<SinkDefinition>(job.sink, 'sink');
  const output = { runId, output: 'conformance', options: job.sink.options };
  await sink.check?.({ ...output, schema });
  await step('begin', async () => {
    const answer = await sink.begin({ ...output, signal });
    if (answer.skip) throw new Error('begin() said skip');
    staging = structuredClone(answer.staging);
  });
  const prepared: Prepared[] = [];
  for (const [write, rows] of writes.entries()) {
    const context = { ...output, schema, staging, write, attempt: 1, signal };
    const writer = await step(`open ${write}`, () => sink.open(context));
    await step(`write ${write}`, () => writer.write(sampleBatch(schema, rows)));
    prepared.push(structuredClone(await step(`prepare ${write}`, () => writer.prepare())));
  }
  const context = { ...output, staging, schema };
  await step(end, async () => {
    if (end === 'commit') await sink.commit({ ...context, prepared, signal });
    else await sink.abort(context);
  });
}

// Not by readFileSync(0): in Node 20, once a pipe was looked at by a synchronous fstat, realpathSync stops at directories
// that it knows, and modules are imported by paths whose links are not resolved.
const input: Buffer[] = [];
for await (const bytes of process.stdin) input.push(bytes);
// Written by crash.ts, from the same build.
const job = deserialize(Buffer.concat(input)) as CrashJob;
const step: Step = async (name, act) => {
  if (taken.length === job.steps) die(false);
  const result = await act();
  taken.push(name);
  return result;
};
await (job.kind === 'store' ? storeRun(job, step) : sinkRun(job, step));
die(true);
