// Owns programs in processes of their own that are spoken to line by line, and tools beside them. Each is ended by its id.
import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';

export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  /** It did not end by itself within its limit, and was killed. */
  readonly isHung: boolean;
}

export interface Child {
  readonly pid: number;
  readonly ended: Promise<ChildEnd>;
  /** Everything that it has said on stdout and stderr so far. */
  said(): string;
  /** Resolves with true once what it said contains `text`; with false when it has ended without. */
  says(text: string): Promise<boolean>;
  tell(line: string): void;
  kill(signal: NodeJS.Signals): void;
  /** Called with every whole line of its stdout from now on. */
  onLine(listener: (line: string) => void): void;
}

export interface ChildInit {
  readonly command: string;
  readonly args: readonly string[];
  readonly limitMs: number;
  readonly env?: Readonly<Record<string, string>>;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export function startChild({ command, args, limitMs, env = {} }: ChildInit): Child {
  const child = spawn(command, args, { stdio: 'pipe', env: { ...process.env, ...env } });
  running.add(child);
  let output = '';
  let rest = '';
  let isHung = false;
  const lookers = new Set<() => void>();
  const lineListeners = new Set<(line: string) => void>();
  const timer = setTimeout(() => {
    isHung = true;
    child.kill('SIGKILL');
  }, limitMs);
  const take = (text: string): void => {
    output += text;
    for (const look of [...lookers]) look();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    take(text);
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) for (const listener of lineListeners) listener(line);
  });
  child.stderr.setEncoding('utf8').on('data', take);
  // A program that was killed takes nothing any more; its end says so.
  child.stdin.on('error', () => undefined);
  const ended = new Promise<ChildEnd>((resolve, reject) => {
    child.on('error', (cause) => {
      const advice = 'Is it installed? The campaigns need strace, xfsprogs, btrfs-progs and util-linux.';
      reject(new Error(`Could not start ${command}. ${advice}`, { cause }));
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ code, signal, output, isHung });
      for (const look of [...lookers]) look();
    });
  });
  // Whoever waits for it is told; nobody else has to.
  ended.catch(() => undefined);
  return {
    pid: child.pid ?? 0,
    ended,
    said: () => output,
    says: (text) =>
      Promise.race([
        ended.then(() => output.includes(text)),
        new Promise<boolean>((resolve) => {
          const look = (): void => {
            if (!output.includes(text)) return;
            lookers.delete(look);
            resolve(true);
          };
          lookers.add(look);
          look();
        }),
      ]),
    tell: (line) => void child.stdin.write(`${line}\n`),
    kill: (signal) => void child.kill(signal),
    onLine: (listener) => void lineListeners.add(listener),
  };
}

/** Path of a program of this folder, built. */
export function programPath(name: string): string {
  return createRequire(import.meta.url).resolve(`#programs/${name}`);
}

/** Runs a tool to its end and returns what it said. Throws when it fails. */
export async function runTool(command: string, ...args: readonly string[]): Promise<string> {
  const { code, signal, output } = await startChild({ command, args, limitMs: 60_000 }).ended;
  if (code === 0) return output;
  throw new Error(`${command} ${args.join(' ')} ended with ${signal ?? code}: ${output.trim()}`);
}
