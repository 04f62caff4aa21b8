// The guide's worked example, as it stands there, under Node's own test runner; and that a broken adapter fails under it.
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { DataType, FormatDefinition } from '@tailrace/core/sink';
import { type Badge, kitVersion } from '@tailrace/core/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

const guide = fileURLToPath(new URL('../../docs/guides/conformance.md', import.meta.url));
// Within the package, so that its dependencies are found.
const folder = fileURLToPath(new URL(`../dist/guide-${process.pid}/`, import.meta.url));

beforeAll(async () => {
  await mkdir(folder, { recursive: true });
  const text = await readFile(guide, 'utf8');
  for (const [, name = '', code = ''] of text.matchAll(/```js file=(\S+)\n(.*?)```/gs)) {
    await writeFile(join(folder, name), code);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function nodeTest(file: string): Promise<{ readonly failed: boolean; readonly output: string }> {
  const args = ['--test', '--test-reporter=tap', join(folder, file)];
  const ended = await promisify(execFile)(process.execPath, args).catch((error: unknown) => {
    // What execFile rejects with carries what was printed.
    return error as { readonly stdout: string; readonly code: number };
  });
  return { failed: 'code' in ended, output: ended.stdout };
}

test('the worked example passes under node --test, and prints its badge', async () => {
  const { failed, output } = await nodeTest('tsv.test.js');
  expect(failed, output).toBe(false);
  const [json = ''] = /\{"kit".*\}/.exec(output) ?? [];
  // Printed by the suite.
  const badge = JSON.parse(json) as Badge;
  expect(badge).toMatchObject({ kit: kitVersion, kind: 'format', adapter: 'tsv', failed: [] });
  expect(badge.passed).toBe(badge.cases);
  expect(badge.capabilities).toContain('read back');
});

test('the worked example refuses what String would write as anything', async () => {
  // Its default export is a format.
  const { default: tsv } = (await import(pathToFileURL(join(folder, 'tsv.js')).href)) as {
    readonly default: FormatDefinition<undefined>;
  };
  const check = (type: DataType) => () =>
    tsv.check({ fields: [{ name: 'c', type, nullable: true }] }, undefined);
  expect(check({ kind: 'utf8' })).not.toThrow();
  for (const kind of ['binary', 'float32', 'null'] as const) {
    expect(check({ kind })).toThrow(expect.objectContaining({ code: 'SCHEMA_INVALID' }));
  }
});

test('a broken adapter fails under node --test', async () => {
  const code = `
    import { describe, it } from 'node:test';
    import { brokenFormats, testFormat } from '@tailrace/core/testing';
    testFormat({ describe, it }, brokenFormats[0].subject);`;
  await writeFile(join(folder, 'broken.test.js'), code);
  const { failed, output } = await nodeTest('broken.test.js');
  expect(failed).toBe(true);
  expect(output).toContain('not ok');
});
