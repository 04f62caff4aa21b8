// Owns the names of staging directories of the trial adapters: they say whose they are, so that those of dead processes
// can be told from those in use.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** `staged-4711-run1`, for a run of this process. */
export function stagingName(runId: string): string {
  return `staged-${process.pid}-${runId}`;
}

/** The process and run of such a name. */
export function ownerOf(name: string): { readonly pid: number; readonly runId: string } | undefined {
  const [, pid, runId] = /^staged-(\d+)-(.+)$/.exec(name) ?? [];
  return pid === undefined || runId === undefined ? undefined : { pid: Number(pid), runId };
}

/** Removes the staging of processes that are gone, unless the run is kept. */
export async function sweep(directory: string, isKept: (runId: string) => boolean): Promise<void> {
  for (const name of await readdir(directory)) {
    const owner = ownerOf(name);
    if (owner === undefined || isKept(owner.runId) || isAlive(owner.pid)) continue;
    await rm(join(directory, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    // No such process; one of another user would be EPERM, but a trial target is used by one user.
    return false;
  }
}
