import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Leases } from './lease.js';
import { lockFileLeases } from './lock-file-lease.js';
import { socketLeases } from './socket-lease.js';
import { inScratch } from './store-bench.js';

let scratch = '';
inScratch((made) => {
  scratch = made;
});

const kinds: [string, () => Leases][] = [
  ['lock file', () => lockFileLeases(async (pid) => `started ${pid}`)],
];
if (process.platform === 'linux') kinds.push(['abstract socket', socketLeases]);

describe.each(kinds)('a lease by %s', (_kind, make) => {
  it('is held once until it is released, also within one process, and leaves nothing', async () => {
    const path = join(scratch, 'out');
    const lease = await make().take(path);
    expect(lease).toBeDefined();
    expect(await make().take(path)).toBeUndefined();
    await lease?.release();
    await lease?.release();
    const next = await make().take(path);
    expect(next).toBeDefined();
    await next?.release();
    expect(await readdir(scratch)).toEqual([]);
  });

  it('of one path says nothing about another', async () => {
    const [a, b] = await Promise.all([make().take(join(scratch, 'a')), make().take(join(scratch, 'b'))]);
    expect([a, b]).not.toContain(undefined);
    await Promise.all([a?.release(), b?.release()]);
  });

  it('goes to one only of many that ask at once', async () => {
    const path = join(scratch, 'out');
    const taken = await Promise.all(Array.from({ length: 20 }, () => make().take(path)));
    const held = taken.filter((lease) => lease !== undefined);
    expect(held.length).toBe(1);
    await held[0]?.release();
  });
});

describe.runIf(process.platform === 'linux')('a lease by abstract socket', () => {
  const holder = (path: string): string => `
    import { createHash } from 'node:crypto';
    import { createServer } from 'node:net';
    const digest = createHash('sha256').update(${JSON.stringify(path)}).digest('hex');
    createServer().listen({ path: '\\0tailrace-' + digest }, () => process.stdout.write('held'));`;

  it('does not keep the process alive', async () => {
    const alive = process.getActiveResourcesInfo().length;
    const lease = await socketLeases().take(join(scratch, 'out'));
    expect(process.getActiveResourcesInfo().length).toBe(alive);
    await lease?.release();
  });

  it('of another process ends with that process, kill -9 included', async () => {
    const path = join(scratch, 'out');
    const child = spawn(process.execPath, ['--input-type=module', '-e', holder(path)]);
    await once(child.stdout, 'data');
    expect(await socketLeases().take(path)).toBeUndefined();
    child.kill('SIGKILL');
    await once(child, 'exit');
    const lease = await socketLeases().take(path);
    expect(lease).toBeDefined();
    await lease?.release();
  });
});

describe('a lease by lock file', () => {
  const lock = (): string => join(scratch, '.out.lock');
  const dead = JSON.stringify({ pid: 4_000_000, start: 'long ago', id: 'x' });

  it('is taken over from a process that is gone', async () => {
    await writeFile(lock(), dead);
    const lease = await lockFileLeases(async (pid) => (pid === process.pid ? 'now' : undefined)).take(
      join(scratch, 'out'),
    );
    expect(lease).toBeDefined();
    await lease?.release();
    expect(await readdir(scratch)).toEqual([]);
  });

  it('is taken over when its process number was given to another process', async () => {
    await writeFile(lock(), dead);
    const lease = await lockFileLeases(async () => 'just now').take(join(scratch, 'out'));
    expect(lease).toBeDefined();
    await lease?.release();
  });

  it('is left with a process that lives', async () => {
    await writeFile(lock(), dead);
    expect(await lockFileLeases(async () => 'long ago').take(join(scratch, 'out'))).toBeUndefined();
    expect(await readFile(lock(), 'utf8')).toBe(dead);
  });

  it('is not taken over from a process that cannot be looked at, and it is said what to do', async () => {
    await writeFile(lock(), dead);
    const hidden = new Error('Command failed: ps -o lstart= -p 4000000\n');
    const leases = lockFileLeases(async (pid) => {
      if (pid !== process.pid) throw hidden;
      return 'now';
    });
    await expect(leases.take(join(scratch, 'out'))).rejects.toMatchObject({
      code: 'STORE_FAILED',
      status: 'temporary',
      message:
        `Could not look at process 4000000, which ${lock()} names as the one that writes there: Command failed: ps -o lstart= ` +
        `-p 4000000. Look at it as root or as its user. While it runs a pipeline, wait for it; if it is another program, remove ` +
        `${lock()}.`,
      context: { path: lock(), pid: 4_000_000 },
      cause: hidden,
    });
    expect(await readFile(lock(), 'utf8')).toBe(dead);
  });

  it('is taken over when its file was cut short', async () => {
    await writeFile(lock(), dead.slice(0, 10));
    const lease = await lockFileLeases(async () => 'now').take(join(scratch, 'out'));
    expect(lease).toBeDefined();
    await lease?.release();
  });

  it('tells processes apart by the start that the system reports', async () => {
    const path = join(scratch, 'out');
    const lease = await lockFileLeases().take(path);
    expect(await lockFileLeases().take(path)).toBeUndefined();
    const holder: unknown = JSON.parse(await readFile(lock(), 'utf8'));
    expect(holder).toMatchObject({ pid: process.pid });
    await lease?.release();
  });
});
