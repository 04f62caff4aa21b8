// Where the secrets of a reader's options go when a pipeline writes what it reads, over real gRPC.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { exponential, pipeline } from '@tailrace/core';
import { tap } from 'rxjs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Relation } from '../protocol/relation.js';
import { connectSpark } from '../session/session.js';
import type { SparkSession } from '../session/spark-session.js';
import { type FakeSpark, refused, startFakeSpark } from '../testing/fake-spark.js';
import { frames } from './frames.js';
import { materialiseFrame } from './materialise-frame.js';
import { sparkFiles } from './spark-files.js';

let server: FakeSpark | undefined;
let spark: SparkSession | undefined;
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tailrace-secrets-'));
});
afterEach(async () => {
  await spark?.close();
  await server?.close();
  await rm(directory, { recursive: true, force: true });
});

it('reach the server alone: no row, event or file has them, and a job goes on with other ones', async () => {
  let isBroken = true;
  const inputs: [path: string, input: Relation][] = [];
  server = await startFakeSpark({
    write: (stream, path, input) => {
      inputs.push([path, input]);
      if (isBroken && path === '/second') stream.fail(refused('NO_SUCH_THING'));
      else stream.complete();
    },
  });
  const session = await connectSpark(server.url, { onWarning: () => {} });
  spark = session;
  const seen: unknown[] = [];
  const run = (password: string) =>
    pipeline('job', (flow) => {
      const options = { url: `jdbc:x://db/y?user=me&password=${password}`, dbtable: 't', password };
      const read = (from: SparkSession) => from.read.load('jdbc', [], { options });
      const raw = flow.source('raw', frames(session, read, { fingerprint: 'version 1' }));
      const held = flow.stage('held', raw, materialiseFrame());
      const shown = flow.stage(
        'shown',
        held,
        tap((row) => void seen.push({ ...row })),
      );
      for (const name of ['first', 'second'])
        flow.write(name, shown, sparkFiles(session, `/${name}`), { retry: exponential({ attempts: 1 }) });
    }).run({
      workers: 1,
      resume: join(directory, 'job'),
      scratchDir: join(directory, 'scratch'),
      inspect: (event) => {
        // Of actors, which refer to all others, only what they tell.
        const { actorRef: _actorRef, ...told } = event;
        seen.push(
          JSON.stringify(told, (key, value) =>
            key === 'children' || typeof value === 'bigint' ? null : value,
          ),
        );
      },
    }).settled;

  const first = await run('hunter2');
  expect(first.outputs.map(({ state }) => state)).toEqual(['done', 'failed']);
  isBroken = false;
  const second = await run('correct-horse');
  expect(second.outputs.map(({ state, kept }) => [state, kept])).toEqual([
    ['done', true],
    ['done', false],
  ]);
  const plain = (input: unknown): string =>
    JSON.stringify(input, (_, value) => (typeof value === 'bigint' ? String(value) : value));
  expect(inputs.map(([path, input]) => [path, /"password":"([^"]*)"/.exec(plain(input))?.[1]])).toEqual([
    ['/first', 'hunter2'],
    ['/second', 'hunter2'],
    ['/second', 'correct-horse'],
  ]);
  const files = await readdir(directory, { recursive: true, withFileTypes: true });
  const texts = await Promise.all(
    files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), 'latin1')),
  );
  expect(texts.length).toBeGreaterThan(0);
  expect(seen.length).toBeGreaterThan(10);
  const told = [
    ...texts,
    inspect(seen, { maxArrayLength: null, maxStringLength: null }),
    inspect([first, second], { depth: 12 }),
  ].join('\n');
  expect(told).not.toMatch(/hunter2|correct-horse/);
});
