// Owns the service that shares its main thread with the writing: it answers every request with what is going on.
import { createServer } from 'node:http';

export type Doing = 'idle' | 'writing';

export interface Service {
  say(doing: Doing): void;
  close(): Promise<void>;
}

export async function startService(socket: string): Promise<Service> {
  let doing: Doing = 'idle';
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ doing }));
  });
  // A thread that is held for seconds takes a busy connection for an idle one, and would close it under the next request.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socket, resolve);
  });
  return {
    say(now) {
      doing = now;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
