// Stops the fault tests, with what is missing, where small file systems cannot be mounted. It never skips them.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function setup(): void {
  const directory = mkdtempSync(join(tmpdir(), 'tailrace-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory], { stdio: 'pipe' });
    execFileSync('umount', [directory], { stdio: 'pipe' });
  } catch (cause) {
    const who = process.getuid === undefined ? 'an unknown user' : `uid ${process.getuid()}`;
    const said = cause instanceof Error ? cause.message.trim() : String(cause);
    throw new Error(
      `The fault tests fill and break small tmpfs file systems, and this process (${who}, ${process.platform}) may ` +
        `not mount one. Run "npm run test:faults" on Linux as root, in a container with CAP_SYS_ADMIN. ${said}`,
    );
  } finally {
    rmdirSync(directory);
  }
}
