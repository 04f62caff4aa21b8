// Owns the folder of files that live for a moment: in memory where the system has a place for that.
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

function place(): string {
  try {
    accessSync('/dev/shm', constants.W_OK);
    return '/dev/shm';
  } catch {
    return tmpdir(); // no such place here
  }
}

let folder: string | undefined;
let count = 0;

/** A path that no file had before, in a folder that goes with the process. */
export function scratchFile(extension: string): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(place(), 'tailrace-interop-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  count += 1;
  return join(folder, `${count}.${extension}`);
}
