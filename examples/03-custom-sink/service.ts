// Owns the service that the example's sink talks to: staged parts, and published lines that come of them. All in memory.
// The run that came last owns an output: what others have staged for it is forgotten, and they publish nothing any more.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface LinesService {
  readonly url: string;
  /** What readers of the service see. */
  readonly published: readonly string[];
  /** Parts that are waiting to be published. */
  stagedParts(): number;
  close(): Promise<void>;
}

/**
 * Starts it on a free port of this machine.
 * @param faults answers this many requests for staging with 503, as a busy service does
 */
export async function startService({ faults = 0 }: { faults?: number } = {}): Promise<LinesService> {
  const staged = new Map<string, string[]>();
  const done = new Set<string>();
  const owners = new Map<string, string>();
  const published: string[] = [];
  let faultsLeft = faults;

  const partsUnder = (path: string): string[] =>
    [...staged.keys()].filter((part) => part === path || part.startsWith(`${path}/`));
  /** Of `/staged/<output>/<run>/<part>`. */
  const isOwned = (path: string): boolean => {
    const [, , output = '', run] = path.split('/');
    return owners.get(output) === run;
  };
  const answer = (method: string, path: string, body: string): number => {
    switch (method) {
      case 'POST':
        if (path.startsWith('/owner/')) {
          const output = path.slice('/owner/'.length);
          owners.set(output, body);
          for (const part of partsUnder(`/staged/${output}`)) if (!isOwned(part)) staged.delete(part);
          return 204;
        }
        if (!isOwned(path)) return 409;
        if (faultsLeft > 0) {
          faultsLeft -= 1;
          return 503;
        }
        staged.set(path, [...(staged.get(path) ?? []), ...body.trimEnd().split('\n')]);
        return 204;
      case 'PUT': {
        if (done.has(path)) return 204;
        if (!isOwned(path)) return 409;
        // The sink sends the names of the parts.
        for (const part of JSON.parse(body) as string[])
          published.push(...(staged.get(`${path}/${part}`) ?? []));
        done.add(path);
        for (const part of partsUnder(path)) staged.delete(part);
        return 204;
      }
      case 'DELETE':
        for (const part of partsUnder(path)) staged.delete(part);
        return 204;
      default:
        return 405;
    }
  };

  const server = createServer((request, response) => {
    text(request).then(
      (body) => response.writeHead(answer(request.method ?? '', request.url ?? '', body)).end(),
      (error: unknown) => response.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  // A server that listens on a port has an address of this form.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    published,
    stagedParts: () => staged.size,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}
