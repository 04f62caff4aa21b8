// Owns strace on a program that runs: which file system calls it makes, and what is done to one of them.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, startChild } from './child.js';
import { hangMs } from './figure.js';

/** Calls that change what is on disk, or open what will; those of other architectures are passed over by their names' absence. */
export const tracedCalls: readonly string[] = [
  'openat',
  'write',
  'pwrite64',
  'writev',
  'pwritev',
  'fsync',
  'fdatasync',
  'ftruncate',
  'rename',
  'renameat',
  'renameat2',
  'link',
  'linkat',
  'symlink',
  'symlinkat',
  'mkdir',
  'mkdirat',
  'unlink',
  'unlinkat',
  'rmdir',
  'chmod',
  'fchmod',
];

export interface Call {
  readonly name: string;
  /** 1-based, among the calls of this name of one thread: what strace counts by. */
  readonly nth: number;
  /** The line as strace writes it. */
  readonly line: string;
}

export interface Tracing {
  /** What it saw until its program ended. */
  readonly calls: Promise<readonly Call[]>;
}

/** Attaches to all threads of a program; resolves once it is attached. */
export async function trace(child: Child, ...options: readonly string[]): Promise<Tracing> {
  const folder = mkdtempSync(join(tmpdir(), 'tailrace-strace-'));
  const log = join(folder, 'log');
  const filter = options.length === 0 ? ['-e', `trace=?${tracedCalls.join(',?')}`] : options;
  const args = ['-f', '-y', '-o', log, ...filter, '-p', String(child.pid)];
  const strace = startChild({ command: 'strace', args, limitMs: hangMs + 30_000 });
  if (!(await strace.says('attached'))) {
    rmSync(folder, { recursive: true });
    throw new Error(`strace could not attach: ${strace.said()}`);
  }
  const calls = strace.ended.then(() => {
    const text = readFileSync(log, 'utf8');
    rmSync(folder, { recursive: true });
    return parse(text);
  });
  calls.catch(() => undefined);
  return { calls };
}

function parse(text: string): readonly Call[] {
  const counts = new Map<string, number>();
  const calls: Call[] = [];
  /** Which call each thread has made last: what another thread does in the midst of it cuts its line in two. */
  const latest = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, resuming, rest] = /^(\d+)\s+<\.\.\. \w+ resumed>(.*)$/.exec(line) ?? [];
    const at = latest.get(resuming ?? '');
    const cut = at === undefined ? undefined : calls[at];
    if (at !== undefined && cut !== undefined) calls[at] = { ...cut, line: `${cut.line}${rest}` };
    const [, thread, name] = /^(\d+)\s+(\w+)\(/.exec(line) ?? [];
    if (thread === undefined || name === undefined) continue;
    const nth = (counts.get(`${thread} ${name}`) ?? 0) + 1;
    counts.set(`${thread} ${name}`, nth);
    latest.set(thread, calls.length);
    calls.push({ name, nth, line });
  }
  return calls;
}

/** The calls on a path below `dir`, each number once: calls of several threads that bear one number are one point. */
export function callsBelow(dir: string, calls: readonly Call[]): readonly Call[] {
  const found = new Map<string, Call>();
  for (const call of calls) {
    if (call.line.includes(`${dir}/`)) found.set(`${call.name} ${call.nth}`, call);
  }
  return [...found.values()];
}
