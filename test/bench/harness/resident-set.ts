// Owns the peak of this process's memory since a chosen moment.
import { readFileSync, writeFileSync } from 'node:fs';

/** Begins a new peak; false where the system has no such thing. */
export function resetPeakRss(): boolean {
  try {
    // Linux: 5 resets VmHWM (proc_pid_clear_refs(5)).
    writeFileSync('/proc/self/clear_refs', '5');
    return true;
  } catch {
    return false;
  }
}

/** Bytes of the largest resident set since `resetPeakRss`, or since the process began where that is unknown. */
export function peakRssBytes(): number {
  try {
    const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kib !== undefined) return Number(kib) * 1024;
  } catch {
    // No such file outside Linux; the figure below exists everywhere.
  }
  return process.resourceUsage().maxRSS * 1024;
}
