// Owns taking the descriptors of Spark Connect's messages out of the Python package that Spark publishes. For the build alone:
// they are put into `dist`, with the package's licence beside them, and stand nowhere in this repository.
import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  file_google_protobuf_any,
  file_google_protobuf_timestamp,
} from '@bufbuild/protobuf/wkt';
import { pythonBytes } from './python-bytes.js';

const run = promisify(execFile);

/**
 * The newest client that Spark has published. Its messages are those of every Spark 4; servers skip fields that they do not
 * know.
 */
const release = '4.2.0';
const protoFolder = 'pyspark/sql/connect/proto';
const descriptorsFile = 'spark-connect.binpb';
const licenceFiles = ['LICENSE', 'NOTICE'];
const wellKnown = [file_google_protobuf_any.proto, file_google_protobuf_timestamp.proto];
const downloadMs = 300_000;

/**
 * Puts `spark-connect.binpb`, a FileDescriptorSet, and Spark's licence into a folder. What was taken once is kept in `cache`.
 * Needs Python 3 with pip, and tar.
 */
export async function placeDescriptors(folder: string, cache: string): Promise<void> {
  const kept = join(cache, `spark-connect-${release}`);
  if (!(await exists(kept))) await takeFromPackage(kept, cache);
  await mkdir(folder, { recursive: true });
  for (const name of [descriptorsFile, ...licenceFiles]) {
    const bytes = await readFile(join(kept, name));
    const target = join(folder, name);
    // By rename: tests may be reading the file that stands there.
    const fresh = `${target}.${process.pid}`;
    await writeFile(fresh, bytes);
    await rename(fresh, target);
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function takeFromPackage(kept: string, cache: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, 'work-'));
  try {
    const archive = ['--no-deps', '--no-binary', ':all:', '--dest', work, `pyspark-client==${release}`];
    await run('python3', ['-m', 'pip', 'download', '--quiet', ...archive], { timeout: downloadMs });
    const [name] = (await readdir(work)).filter((file) => file.endsWith('.tar.gz'));
    if (name === undefined) throw new Error('pip has brought no archive.');
    await run('tar', ['-xzf', join(work, name), '-C', work, '--strip-components=1']);
    const protos = join(work, protoFolder);
    const files = (await readdir(protos)).filter((file) => file.endsWith('_pb2.py')).sort();
    const descriptors = await Promise.all(
      files.map(async (file) => descriptorOf(await readFile(join(protos, file), 'utf8'))),
    );
    const set = create(FileDescriptorSetSchema, { file: inOrder(descriptors, 'spark/connect/base.proto') });
    const made = join(work, 'made');
    await mkdir(made);
    await writeFile(join(made, descriptorsFile), toBinary(FileDescriptorSetSchema, set));
    for (const licence of licenceFiles)
      await writeFile(join(made, licence), await readFile(join(work, licence)));
    await rename(made, kept).catch(async (error: unknown) => {
      // Another build was quicker.
      if (!(await exists(kept))) throw error;
    });
  } catch (cause) {
    throw new Error(
      `The descriptors of Spark Connect could not be taken from the Python package pyspark-client ${release}. That needs ` +
        'Python 3 with pip (on Debian python3-pip), tar, and a registry for Python packages. ' +
        `${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The descriptor that such a program adds to its pool. */
function descriptorOf(program: string): FileDescriptorProto {
  const call = 'AddSerializedFile(';
  const at = program.indexOf(call);
  if (at < 0) throw new Error('The program adds no descriptor.');
  return fromBinary(FileDescriptorProtoSchema, pythonBytes(program, at + call.length));
}

/** What the root needs, every file behind those that it imports: the order in which a registry can be made of them. */
function inOrder(files: readonly FileDescriptorProto[], root: string): FileDescriptorProto[] {
  const named = new Map([...wellKnown, ...files].map((file) => [file.name, file]));
  const ordered = new Set<FileDescriptorProto>();
  const add = (name: string): void => {
    const file = named.get(name);
    if (file === undefined) throw new Error(`The package lacks ${name}.`);
    if (ordered.has(file)) return;
    for (const imported of file.dependency) add(imported);
    ordered.add(file);
  };
  add(root);
  return [...ordered];
}
