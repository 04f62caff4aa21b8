// Owns the removal of scratch directories of a process that ends before they were closed.
import { rmSync } from 'node:fs';

const doomed = new Set<string>();

/** Removes `directory` when the process exits before the returned function is called. */
export function removeAtExit(directory: string): () => void {
  if (doomed.size === 0) process.on('exit', removeDoomed);
  doomed.add(directory);
  return () => {
    doomed.delete(directory);
    if (doomed.size === 0) process.off('exit', removeDoomed);
  };
}

function removeDoomed(): void {
  for (const directory of doomed) {
    try {
      rmSync(directory, { recursive: true, force: true });
    } catch {
      // The process is going, with its own exit code: a directory of the temporary folder is all that remains.
    }
  }
}
