// Owns that nothing outlives a trial: processes are started as leaders of groups, and a group is ended to its last member.
import { setTimeout as delay } from 'node:timers/promises';

/** Process ids of leaders whose groups have not been ended. */
const open = new Set<number>();
/** SIGKILL is not refused; only what waits for a disk takes long. In milliseconds. */
const patienceMs = 20_000;
const pollMs = 20;

/** @param leader process id of a child that was started with `detached: true`, which makes it the leader of a group */
export function openGroup(leader: number): void {
  open.add(leader);
}

/**
 * Ends every process of the group, whether its leader still lives or not, and resolves when none is left. A group keeps its
 * number as long as it has a member, so this cannot meet another one.
 *
 * @throws Error when a member is still there after 20 s
 */
export async function endGroup(leader: number): Promise<void> {
  const until = performance.now() + patienceMs;
  while (signalGroup(leader, 'SIGKILL')) {
    if (performance.now() > until)
      throw new Error(`Processes of group ${leader} do not end. See them with: ps -o pid,args -g ${leader}`);
    await delay(pollMs);
  }
  open.delete(leader);
}

/** For when this process ends itself: the signals are sent, and nothing is waited for. */
export function killOpenGroups(): void {
  for (const leader of open) signalGroup(leader, 'SIGKILL');
}

/** False when the group has no member any more. */
function signalGroup(leader: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-leader, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}
