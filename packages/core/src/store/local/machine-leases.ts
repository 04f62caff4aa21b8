// Owns the choice of leases for this machine: by socket where the kernel has abstract ones, else by lock file.
import type { Leases } from './lease.js';
import { lockFileLeases } from './lock-file-lease.js';
import { socketLeases } from './socket-lease.js';

export function machineLeases(): Leases {
  return process.platform === 'linux' ? socketLeases() : lockFileLeases();
}
