// Owns the hidden directory beside a path in which Spark writes an output, and renaming it into place. Main thread only.
import { randomUUID } from 'node:crypto';
import { access, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { TailraceError } from '@tailrace/core';

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

/** Puts what is complete in its place. Again, after it has: does nothing. */
export async function publish(written: string, path: string, mayReplace: boolean): Promise<void> {
  if (published.has(written)) return;
  if (!(await stands(join(written, '_SUCCESS'))))
    throw new TailraceError(
      `Spark has written '${written}', and it is not here. staged needs a path that this process reaches as the server does; leave it out where the server has other disks.`,
      { code: 'ENGINE_FAILED', operation: 'commit output', context: { path } },
    );
  if (await stands(path)) {
    if (!mayReplace)
      throw new TailraceError(`'${path}' was made by somebody else in the meantime. Choose another path.`, {
        code: 'TARGET_EXISTS',
        operation: 'commit output',
        context: { path },
      });
    await replace(written, path);
  } else await rename(written, path);
  published.add(written);
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

/** What this process has put in place, so that a commit that is asked for again finds it done. */
const published = new Set<string>();

function stands(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
