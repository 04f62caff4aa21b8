// Owns the knowledge of how busy the machine is, so that a round in which others used it can be taken again.
import { readFileSync } from 'node:fs';

/** A tick of /proc/stat in seconds: USER_HZ is 100 on every Linux that Node runs on. */
const tick = 0.01;

/**
 * Seconds that all processors together have not been idle since the machine started, time stolen by the host of a virtual
 * machine included. Undefined outside Linux.
 */
export function machineBusySeconds(): number | undefined {
  try {
    return busySecondsIn(readFileSync('/proc/stat', 'utf8'));
  } catch {
    // Only Linux has the file.
    return undefined;
  }
}

/** The same from the text of /proc/stat. */
export function busySecondsIn(stat: string): number | undefined {
  const columns = stat.split('\n', 1)[0]?.trim().split(/\s+/).slice(1).map(Number) ?? [];
  const [user, nice, system, , , irq, softirq, steal] = columns;
  if (user === undefined || nice === undefined || system === undefined) return undefined;
  return (user + nice + system + (irq ?? 0) + (softirq ?? 0) + (steal ?? 0)) * tick;
}
