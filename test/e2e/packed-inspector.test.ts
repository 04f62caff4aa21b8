// The command `tailrace-inspect` as it is installed: from the packed packages, with nothing beside them but what they declare.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inspector } from '@tailrace/adapters/inspector';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createActor, setup } from 'xstate';

interface Packed {
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean } | undefined>>;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const program = promisify(execFile);
let dir: string;
let child: ChildProcess | undefined;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-packed-'));
});
afterEach(async () => {
  child?.kill('SIGKILL');
  child = undefined;
  await rm(dir, { recursive: true, force: true });
});

/** Packs a package and lays it where npm would, with what it declares to need, and its commands. */
async function install(name: 'core' | 'adapters'): Promise<void> {
  const from = join(root, 'packages', name);
  const { packageManager } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  // npm would leave `workspace:` in the versions, which it cannot install.
  await program('npx', ['--yes', packageManager, 'pack', '--pack-destination', dir], { cwd: from });
  const modules = join(dir, 'node_modules');
  const to = join(modules, '@tailrace', name);
  await mkdir(to, { recursive: true });
  await program('tar', ['-xzf', join(dir, `tailrace-${name}-0.0.0.tgz`), '-C', to, '--strip-components=1']);
  const packed: Packed = JSON.parse(await readFile(join(to, 'package.json'), 'utf8'));
  const needed = { ...packed.dependencies, ...packed.peerDependencies };
  for (const [other, version] of Object.entries(needed)) {
    expect([other, version]).not.toEqual([other, expect.stringContaining('workspace')]);
    if (packed.peerDependenciesMeta?.[other]?.optional === true || other.startsWith('@tailrace/')) continue;
    const link = join(modules, other);
    await mkdir(dirname(link), { recursive: true });
    await rm(link, { force: true });
    await symlink(await realpath(join(from, 'node_modules', other)), link);
  }
  for (const [command, file] of Object.entries(packed.bin ?? {})) {
    await mkdir(join(modules, '.bin'), { recursive: true });
    await chmod(join(to, file), 0o755);
    await symlink(join(to, file), join(modules, '.bin', command));
  }
}

// Packing starts five programs, which take their time on a busy machine.
it('shows a recorded run from an empty folder, and ends when it is interrupted', {
  timeout: 600_000,
}, async () => {
  await install('core');
  await install('adapters');
  const shown = await inspector();
  createActor(setup({}).createMachine({ id: 'light', initial: 'on', states: { on: {} } }), {
    inspect: shown.inspect,
  }).start();
  const trace = shown.trace();
  await shown.close();
  await writeFile(join(dir, 'trace.json'), trace);

  const started = spawn(join(dir, 'node_modules/.bin/tailrace-inspect'), ['trace.json'], {
    cwd: dir,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child = started;
  const ended = once(started, 'exit');
  const [address] = await Promise.race([
    once(createInterface(started.stdout), 'line'),
    ended.then(([code]) => Promise.reject(new Error(`It has ended with code ${code}.`))),
  ]);
  const { origin, hash } = new URL(String(address));
  const page = await (await fetch(origin)).text();
  for (const file of ['page.css', 'page.js']) {
    expect(page).toContain(`"/${file}"`);
    expect((await fetch(`${origin}/${file}`)).status).toBe(200);
  }
  const authorization = `Bearer ${new URLSearchParams(hash.slice(1)).get('token')}`;
  const answer = await fetch(`${origin}/trace.json`, { headers: { authorization } });
  expect(await answer.text()).toBe(trace);
  started.kill('SIGINT');
  expect((await ended)[0]).toBe(0);
});
