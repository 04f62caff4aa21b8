// Owns bringing Spark and its Python client into the project's cache, from the registry for Python packages. Done once.
import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const minutes = (count: number): number => count * 60_000;

/** Both are what users have; the client is older than the server by one release, as its package is. */
const serverRelease = process.env.TAILRACE_SPARK_VERSION ?? '4.3.0';
const clientRelease = '4.2.0';

/** A file of `test/spark`, from wherever this was built to. */
export const sparkFile = (path: string): string => createRequire(import.meta.url).resolve(`#spark/${path}`);

const cache = fileURLToPath(
  new URL('../../node_modules/.cache/tailrace-spark/', pathToFileURL(sparkFile('support/answers.py'))),
);

export interface Installed {
  /** A SPARK_HOME: it holds `bin` and `jars`. */
  readonly sparkHome: string;
  /** A Python that has PySpark's client. */
  readonly python: string;
}

/** Throws where Java or Python are missing, saying which. */
export async function installSpark(): Promise<Installed> {
  await need('java', ['-version'], 'a JDK (17 or newer), on Debian openjdk-17-jre-headless');
  await need(
    'python3',
    ['-m', 'pip', '--version'],
    'Python 3 with pip and venv, on Debian python3-pip and python3-venv',
  );
  await mkdir(cache, { recursive: true });
  const server = join(cache, `pyspark-${serverRelease}`);
  if (!(await exists(server))) await bringServer(server);
  const client = join(cache, `client-${clientRelease}`);
  if (!(await exists(client))) await bringClient(client);
  return { sparkHome: join(server, 'deps'), python: join(client, 'bin', 'python') };
}

async function need(program: string, args: readonly string[], what: string): Promise<void> {
  try {
    await run(program, [...args], { timeout: minutes(1) });
  } catch (cause) {
    throw new Error(`These tests need ${what}.`, { cause });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** The source archive holds all of Spark, so nothing needs to be built or installed. */
async function bringServer(target: string): Promise<void> {
  const work = await mkdtemp(join(cache, 'work-'));
  try {
    const archive = ['--no-deps', '--no-binary', ':all:', '--dest', work, `pyspark==${serverRelease}`];
    await run('python3', ['-m', 'pip', 'download', '--quiet', ...archive], { timeout: minutes(8) });
    const [name] = (await readdir(work)).filter((file) => file.endsWith('.tar.gz'));
    if (name === undefined) throw new Error('pip has brought no archive of pyspark.');
    const unpacked = join(work, 'unpacked');
    await mkdir(unpacked);
    const parts = ['--strip-components=1', '--wildcards', '*/deps/bin/*', '*/deps/jars/*'];
    await run('tar', ['-xzf', join(work, name), '-C', unpacked, ...parts], { timeout: minutes(5) });
    await rename(unpacked, target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function bringClient(target: string): Promise<void> {
  const work = `${target}.part`;
  await rm(work, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', work], { timeout: minutes(3) });
  const pip = ['-m', 'pip', 'install', '--quiet', `pyspark-client==${clientRelease}`];
  await run(join(work, 'bin', 'python'), pip, { timeout: minutes(8) });
  await rename(work, target);
}
