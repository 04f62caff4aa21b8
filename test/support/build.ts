// Builds every workspace package without its type declarations, before the tests run and again when they rerun.
// Worker threads and tests of public entries load what this leaves in dist.
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

const root = fileURLToPath(new URL('../../', import.meta.url));
const tsup = createRequire(import.meta.url).resolve('tsup/dist/cli-default.js');
const folders = ['packages/core', 'packages/writers', 'packages/adapters', 'examples', 'test'];

async function buildFolder(folder: string): Promise<void> {
  try {
    // No clean either: another test run may be reading the same files.
    await promisify(execFile)(process.execPath, [tsup, '--no-dts', '--no-clean'], { cwd: root + folder });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`The build of ${folder} failed before any test ran:\n${stdout ?? ''}${stderr ?? ''}`);
  }
}

async function buildAll(): Promise<void> {
  await Promise.all(folders.map(buildFolder));
}

export async function setup(project: TestProject): Promise<void> {
  if (process.env.TAILRACE_TEST_BUILD === 'skip') return;
  await buildAll();
  project.onTestsRerun(buildAll);
}
