// Owns the hidden directory beside a path in which Spark writes an output, and renaming it into place. Main thread only.
import { randomUUID } from 'node:crypto';
import { access, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf, TailraceError } from '@tailrace/core';
import { type MarkedOutput, markPublication, publicationAt } from './publication-mark.js';

/** How the names of what is beside a path begin: of the place of an output, and, with `old-`, of what that output replaces. */
const beside = (path: string): string => `.${basename(path)}.tailrace-`;

/** A place of its own for one output of one run. Nothing is made yet: Spark does that. */
export function newStagedPlace(path: string): string {
  return join(dirname(path), `${beside(path)}${randomUUID()}`);
}

/** Where an attempt writes in it. */
export const attemptIn = (place: string, write: number, attempt: number): string =>
  join(place, `write-${write}-attempt-${attempt}`);

/**
 * Settles what a process has left that died while it replaced what stood at a path. While the new one still waits in its place, nothing
 * stands at the path, and the old one is put back. Where something stands, the old one is removed. What is neither was replaced, and
 * somebody has removed the new one since: the old one is not the data of this path any more.
 */
export async function mendPath(path: string): Promise<void> {
  const prefix = `${beside(path)}old-`;
  const names = await namesIn(dirname(path)); // Spark makes the directory above if there is none.
  for (const name of names.filter((one) => one.startsWith(prefix))) {
    const id = name.slice(prefix.length);
    if (!isUuid.test(id)) continue;
    const old = join(dirname(path), name);
    if (await stands(path)) await rm(old, { recursive: true, force: true });
    else if (await waitsIn(join(dirname(path), `${beside(path)}${id}`))) await rename(old, path);
  }
}

/** Paths may have names that go on like this. */
const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether there is something in a place that is complete and was not put where it belongs. */
async function waitsIn(place: string): Promise<boolean> {
  for (const attempt of await namesIn(place)) if (await stands(join(place, attempt, '_SUCCESS'))) return true;
  return false;
}

const namesIn = (directory: string): Promise<string[]> => readdir(directory).catch(() => []);

/**
 * Puts what is complete in its place, with a mark that says whose it is. Again, after it has: does nothing.
 * @throws TailraceError TARGET_EXISTS, and ENGINE_FAILED where Spark has written elsewhere
 */
export async function publish(
  written: string,
  path: string,
  mayReplace: boolean,
  output: MarkedOutput,
): Promise<void> {
  if (!(await stands(join(written, '_SUCCESS')))) {
    if (await isPublished(path, output)) return;
    throw notHere(written, path);
  }
  const isThere = await stands(path);
  if (isThere && !mayReplace) throw madeMeanwhile(path);
  await markPublication(written, output);
  if (isThere) await replace(written, path);
  else await rename(written, path);
}

/** Whether what stands at a path was put there as this output of this run. */
export async function isPublished(
  path: string,
  { runId, output }: Pick<MarkedOutput, 'runId' | 'output'>,
): Promise<boolean> {
  const { mark } = (await publicationAt(path)) ?? {};
  return mark?.runId === runId && mark.output === output;
}

function notHere(written: string, path: string): TailraceError {
  return new TailraceError(
    `Spark says that it has written '${written}', and there is no _SUCCESS here. A staged output needs a path that this ` +
      'process reaches as the server does, and a committer that leaves this mark. Leave staged out where the server has ' +
      'other disks, or does not mark what is complete (mapreduce.fileoutputcommitter.marksuccessfuljobs).',
    { code: 'ENGINE_FAILED', operation: 'commit output', context: { path } },
  );
}

function madeMeanwhile(path: string): TailraceError {
  return new TailraceError(
    `'${path}' was made by somebody else while Spark wrote what was to stand there, so nothing was put there. Choose ` +
      'another path, or mode overwrite, which replaces it.',
    { code: 'TARGET_EXISTS', operation: 'commit output', context: { path } },
  );
}

/** The old one has the id of the place of the new one: `mendPath` tells by them how far a process came that died here. */
async function replace(written: string, path: string): Promise<void> {
  const id = basename(dirname(written)).slice(beside(path).length);
  const old = join(dirname(path), `${beside(path)}old-${id}`);
  await rename(path, old);
  try {
    await rename(written, path);
  } catch (error) {
    await rename(old, path);
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}

export const discard = (place: string): Promise<void> => rm(place, { recursive: true, force: true });

/** Told of an output that is in its place all the same. */
export function notDiscarded(place: string, cause: unknown): TailraceError {
  return new TailraceError(
    `The output is written, and the directory in which Spark prepared it could not be removed: ${messageOf(cause)}. Remove '${place}'.`,
    { code: 'ENGINE_FAILED', operation: 'commit output', context: { path: place }, cause },
  );
}

function stands(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
