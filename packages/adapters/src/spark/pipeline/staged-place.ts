// Owns the hidden directory beside a path in which Spark writes an output, and renaming it into place. Main thread only.
import { randomUUID } from 'node:crypto';
import { access, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { TailraceError } from '@tailrace/core';

/** A place of its own for one output of one run. Nothing is made yet: Spark does that. */
export function newStagedPlace(path: string): string {
  return join(dirname(path), `.${basename(path)}.tailrace-${randomUUID()}`);
}

/** Where an attempt writes in it. */
export const attemptIn = (place: string, write: number, attempt: number): string =>
  join(place, `write-${write}-attempt-${attempt}`);

/** What stood at a path while another was put there, by a process that died in between, is put back. */
export async function mendPath(path: string): Promise<void> {
  if (await stands(path)) return;
  const prefix = `.${basename(path)}.tailrace-old-`;
  const names = await readdir(dirname(path)).catch(() => []); // Spark makes the directory above if there is none.
  const old = names.find((name) => name.startsWith(prefix));
  if (old !== undefined) await rename(join(dirname(path), old), path);
}

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
    const old = join(dirname(path), `.${basename(path)}.tailrace-old-${randomUUID()}`);
    await rename(path, old);
    await rename(written, path);
    await rm(old, { recursive: true, force: true });
  } else await rename(written, path);
  published.add(written);
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
