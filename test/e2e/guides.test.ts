// The examples of guides as they stand there: they can be declared and run.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Pipeline } from '@tailrace/core';
import { afterAll, beforeAll, expect, test } from 'vitest';

const guides = fileURLToPath(new URL('../../docs/guides/', import.meta.url));
// Within the package, so that its dependencies are found.
const folder = fileURLToPath(new URL(`../dist/guides-${process.pid}/`, import.meta.url));

beforeAll(async () => {
  await mkdir(folder, { recursive: true });
  for (const guide of ['rows-and-schemas.md', 'telemetry.md']) {
    const text = await readFile(join(guides, guide), 'utf8');
    for (const [, name = '', code = ''] of text.matchAll(/```ts file=(\S+)\n(.*?)```/gs)) {
      // They name no type, so that they are JavaScript too.
      await writeFile(join(folder, name.replace('.ts', '.js')), code.replaceAll("'out/", `'${folder}/out/`));
    }
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each([
  ['scores', ['scores']],
  ['careful', ['bad', 'table']],
])('the pipeline %s is declared and runs', async (name, outputs) => {
  const module: Record<string, Pipeline | undefined> = await import(
    pathToFileURL(join(folder, `${name}.js`)).href
  );
  const report = await module[name]?.run({ workers: 0 }).completed;
  expect(report?.outputs.map((output) => [output.name, output.state, output.rejected])).toEqual(
    outputs.map((output) => [output, 'done', 0]),
  );
});

/** Runs a recipe as a program of its own, as it sets up what is global and leaves servers open. */
const runRecipe = (name: string, env: Record<string, string> = {}) =>
  promisify(execFile)(process.execPath, [join(folder, `${name}.js`)], { env: { ...process.env, ...env } });

test('the recipe of OpenTelemetry sends spans and metrics of a run', async () => {
  const paths = new Set<string | undefined>();
  const collector = createServer((request, response) => {
    paths.add(request.url);
    request.resume().on('end', () => response.writeHead(200).end());
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  // A server on a port has an address of this kind.
  const { port } = collector.address() as AddressInfo;
  await runRecipe('traced', { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
  collector.close();
  expect([...paths].sort()).toEqual(['/v1/metrics', '/v1/traces']);
});

test('the recipe of Prometheus counts a run', async () => {
  const file = join(folder, 'scraped.js');
  await writeFile(file, (await readFile(file, 'utf8')).replace('9464', '0'));
  await appendFile(file, 'await run.completed;\nconsole.log(await told.metrics());\nprocess.exit();\n');
  const { stdout } = await runRecipe('scraped');
  expect(stdout).toMatch(/^tailrace_runs_total\{pipeline="flights",state="completed"\} 1$/m);
});

test('the recipe of lines writes the begin, the end and the advice of a run', async () => {
  const { stdout } = await runRecipe('logged');
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).event);
  expect(events).toEqual(expect.arrayContaining(['run.began', 'run.ended', 'run.advice']));
});

test('the recipe of the terminal shows a run and its table', async () => {
  const { stderr } = await runRecipe('shown');
  expect(stderr).toMatch(/completed {2}2 rows/);
  expect(stderr).toContain('flights completed: wrote 2 rows');
});
