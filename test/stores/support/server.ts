// Owns the start and the end of a server for tests: a process of ours on a port of its own, ended by its id.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';

export interface Server {
  readonly url: string;
  stop(): Promise<void>;
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port was given out');
  return address.port;
}

/** Starts a program and waits until it answers over HTTP, whatever it answers. Throws with what it said when it ends before. */
export async function startServer(
  command: string,
  args: readonly string[],
  port: number,
  env: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const child = spawn(command, [...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let said = '';
  const hear = (bytes: Buffer): void => {
    said = (said + bytes.toString()).slice(-4_000);
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => {
      said += String(error);
      resolve();
    });
  });
  const url = `http://127.0.0.1:${port}`;
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  for (let look = 1; ; look += 1) {
    if (isOver) throw new Error(`${command} ended before it answered: ${said}`);
    const answers = await fetch(url).then(
      () => true,
      () => false,
    );
    if (answers) break;
    if (look === 600) {
      child.kill('SIGKILL');
      throw new Error(`${command} did not answer at ${url} within a minute: ${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    url,
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await ended;
      clearTimeout(timer);
    },
  };
}
