// The command `tailrace-inspect` as a person calls it: what it shows, and what it says when it is called otherwise.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inspector } from '@tailrace/adapters/inspector';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createActor, setup } from 'xstate';

const command = join(
  dirname(createRequire(import.meta.url).resolve('@tailrace/adapters/package.json')),
  'bin/tailrace-inspect.js',
);
const root = fileURLToPath(new URL('../../', import.meta.url));
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-command-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command to its end. */
const call = (...args: readonly string[]): Promise<Said> =>
  new Promise((resolve) => {
    execFile(process.execPath, [command, ...args], { cwd: dir }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });

describe('the command', () => {
  it('shows a recorded run until it is interrupted', async () => {
    const shown = await inspector();
    createActor(setup({}).createMachine({ id: 'light' }), { inspect: shown.inspect }).start();
    await writeFile(join(dir, 'trace.json'), shown.trace());
    await shown.close();
    const child = spawn(process.execPath, [command, 'trace.json'], {
      cwd: dir,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = await once(child.stdout, 'data');
    expect(String(said)).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}&recording\n$/);
    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
  });

  it.each(['--help', '-h'])('says how it is used when it is asked to: %s', async (flag) => {
    const { code, stdout, stderr } = await call(flag);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Usage: tailrace-inspect \[--port <n>\] <trace\.json>\n/);
  });

  it.each([
    [[], /^Name the file of a recorded run\.\n\nUsage: /],
    [['a.json', 'b.json'], /^Name one file: /],
    [['--port', '70000', 'a.json'], /^A port is a whole number from 0 to 65535, not 70000\./],
    [['--prot', '1', 'a.json'], /^Unknown option '--prot'/],
  ])('says what is wrong with %j, and how it is used', async (args, text) => {
    const { code, stdout, stderr } = await call(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(text);
    expect(stderr).toContain('\nUsage: ');
  });

  it('says why a file cannot be shown', async () => {
    await writeFile(join(dir, 'other.json'), '{}');
    const missing = await call('missing.json');
    expect(missing).toMatchObject({ code: 1, stdout: '' });
    expect(missing.stderr).toMatch(/^The recorded run missing\.json cannot be read: ENOENT: no such file/);
    expect((await call('.')).stderr).toMatch(/^The recorded run \. cannot be read: EISDIR/);
    expect((await call('other.json')).stderr).toMatch(
      /^other\.json is no recorded run: it holds no messages of Tailrace/,
    );
  });

  it('is found at the root of a clone', async () => {
    const { stdout } = await promisify(execFile)('npx', ['--no-install', 'tailrace-inspect', '--help'], {
      cwd: root,
    });
    expect(stdout).toContain('Usage: tailrace-inspect');
  });
});
