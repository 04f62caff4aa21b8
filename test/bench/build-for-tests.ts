// Builds the bench before its tests: contenders are modules that child processes load from dist.
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export async function setup(): Promise<void> {
  if (process.env.TAILRACE_TEST_BUILD === 'skip') return;
  const tsup = createRequire(import.meta.url).resolve('tsup/dist/cli-default.js');
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  // No clean: another test run may be reading the same files.
  await promisify(execFile)(process.execPath, [tsup, '--no-clean'], { cwd });
}
