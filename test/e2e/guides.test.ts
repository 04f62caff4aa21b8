// The examples of docs/guides/rows-and-schemas.md as they stand there: they can be declared and run.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Pipeline } from '@tailrace/core';
import { afterAll, beforeAll, expect, test } from 'vitest';

const guide = fileURLToPath(new URL('../../docs/guides/rows-and-schemas.md', import.meta.url));
// Within the package, so that its dependencies are found.
const folder = fileURLToPath(new URL(`../dist/guides-${process.pid}/`, import.meta.url));

beforeAll(async () => {
  await mkdir(folder, { recursive: true });
  const text = await readFile(guide, 'utf8');
  for (const [, name = '', code = ''] of text.matchAll(/```ts file=(\S+)\n(.*?)```/gs)) {
    // They name no type, so that they are JavaScript too.
    await writeFile(join(folder, name.replace('.ts', '.mjs')), code.replaceAll("'out/", `'${folder}/out/`));
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each([
  ['scores', ['scores']],
  ['careful', ['bad', 'table']],
])('the pipeline %s is declared and runs', async (name, outputs) => {
  const module: Record<string, Pipeline | undefined> = await import(
    pathToFileURL(join(folder, `${name}.mjs`)).href
  );
  const report = await module[name]?.run({ workers: 0 }).completed;
  expect(report?.outputs.map((output) => [output.name, output.state, output.rejected])).toEqual(
    outputs.map((output) => [output, 'done', 0]),
  );
});
