// Owns one Spark Connect server on loopback: started with a port and a pid of its own, waited for, stopped.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installSpark } from './install.js';

export interface SparkServer {
  readonly url: string;
  /** Where Spark's own REST interface answers. */
  readonly ui: string;
  readonly pid: number;
  /** What it has printed last. */
  readonly log: () => string;
  /** Ends the process and waits for that. Its files are removed. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const startTries = 60;
const logCharacters = 20_000;

/** @param confs further settings of the server */
export async function startSpark(confs: Readonly<Record<string, string>> = {}): Promise<SparkServer> {
  const { sparkHome } = await installSpark();
  const [port, uiPort] = [await freePort(), await freePort()];
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-spark-'));
  const settings: Record<string, string> = {
    'spark.connect.grpc.binding.address': '127.0.0.1',
    'spark.connect.grpc.binding.port': String(port),
    'spark.driver.memory': '2g',
    'spark.driver.host': '127.0.0.1',
    'spark.driver.bindAddress': '127.0.0.1',
    'spark.ui.port': String(uiPort),
    'spark.ui.showConsoleProgress': 'false',
    'spark.sql.shuffle.partitions': '4',
    'spark.sql.session.timeZone': 'UTC',
    'spark.sql.warehouse.dir': join(folder, 'warehouse'),
    'spark.local.dir': join(folder, 'local'),
    'spark.connect.progress.reportInterval': '200ms',
    ...confs,
  };
  const args = ['--class', 'org.apache.spark.sql.connect.service.SparkConnectServer'];
  args.push('--master', 'local[2]');
  for (const [name, value] of Object.entries(settings)) args.push('--conf', `${name}=${value}`);
  const { SPARK_REMOTE: _remote, ...environment } = process.env;
  const child = spawn(join(sparkHome, 'bin', 'spark-submit'), args, {
    cwd: folder,
    // The script becomes Java, so the pid is the server's.
    env: { ...environment, SPARK_HOME: sparkHome, SPARK_LOCAL_IP: '127.0.0.1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = keepLog(child);
  const server: SparkServer = {
    url: `sc://127.0.0.1:${port}`,
    ui: `http://127.0.0.1:${uiPort}`,
    pid: child.pid ?? -1,
    log,
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal);
        await once(child, 'exit');
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    await answering(server.url, child);
    return server;
  } catch (cause) {
    await server.stop('SIGKILL');
    throw new Error(`Spark did not start. Its last words:\n${log()}`, { cause });
  }
}

/** The client's own retries wait for it: a server that starts refuses connections at first. */
async function answering(url: string, child: ChildProcess): Promise<void> {
  const gone = new AbortController();
  child.once('exit', () => gone.abort());
  // Not above: the build that runs before the tests has to have put it there.
  const { connectSpark } = await import('@tailrace/adapters/spark');
  const spark = await connectSpark(url, {
    signal: gone.signal,
    retry: { maxRetries: startTries, baseMs: 1_000, capMs: 2_000 },
  });
  await spark.close();
}

function keepLog(child: ChildProcess): () => string {
  let text = '';
  const keep = (bytes: Buffer): void => {
    text = (text + bytes.toString()).slice(-logCharacters);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => text;
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('There is no free port.');
  return address.port;
}
