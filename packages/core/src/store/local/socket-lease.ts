// Owns the lease on Linux: an abstract Unix socket named after the target. It leaves no file behind, and the kernel
// takes it back however the process ends, `kill -9` included. It never carries data.
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import type { Lease, Leases } from './lease.js';

/** Seen by every process in the same network namespace: not by other machines, nor by most other containers. */
export function socketLeases(): Leases {
  return { take };
}

async function take(realPath: string): Promise<Lease | undefined> {
  const digest = createHash('sha256').update(realPath).digest('hex');
  // Nobody has business with this socket; who connects is sent away, or connections would keep the process alive.
  const server = createServer((connection) => connection.destroy());
  // Holding a target is no reason to live.
  server.unref();
  const isBound = await listen(server, `\0tailrace-${digest}`);
  if (!isBound) return undefined;
  return {
    release: () =>
      new Promise((resolve) => {
        // The only error of close() is that the server is closed already: that is what was asked for.
        server.close(() => resolve());
      }),
  };
}

function listen(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    // Exclusive: within node:cluster a shared handle would let two processes hold one target.
    server.listen({ path, exclusive: true }, () => {
      // A stranger's connection that fails is no concern of the run, and must not end it.
      server.on('error', () => undefined);
      resolve(true);
    });
  });
}
