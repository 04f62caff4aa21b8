// Owns which worker runs which attempt: the least loaded one that has room, first come first served; a suspect write
// gets a worker of its own. It starts nothing itself.
import { fromPlainError, type PlainError } from '../errors/plain-error.js';
import type { WorkerHost } from './worker-host.js';

export interface SchedulerOptions {
  /** Attempts that may be open in one worker at once. */
  readonly openPerWorker: number;
  /**
   * Attempts of one output that may be open at once: more would not be faster, and each keeps an encoder's memory while
   * the others hold the thread.
   */
  readonly openPerOutput: number;
  /** Adds a place for one suspect write and returns its host; one at a time. */
  readonly addQuarantine: () => WorkerHost;
  readonly removeQuarantine: (host: WorkerHost) => void;
}

export interface Scheduler {
  addHost(host: WorkerHost): void;
  removeHost(host: WorkerHost): void;
  /** Resolves with a host that has room; rejects with the signal's reason, or when the pool is broken. */
  acquire(attempt: AttemptRequest, signal: AbortSignal): Promise<WorkerHost>;
  /** The host an attempt was given. */
  hostOf(attemptId: string): WorkerHost | undefined;
  /** The attempt has ended: its room is free. Idempotent. */
  release(attemptId: string): void;
  /** Looks again for who can be served. */
  serve(): void;
  /** No worker will come any more: everyone who waits, and who will ask, gets this error. */
  breakDown(error: PlainError): void;
  readonly waiting: number;
}

export interface AttemptRequest {
  readonly attemptId: string;
  readonly outputId: string;
  /** Wants a worker of its own. */
  readonly isolated: boolean;
}

interface Waiting extends AttemptRequest {
  resolve(host: WorkerHost): void;
  reject(error: unknown): void;
}

/** The least loaded of the hosts that are up and have room, or undefined. The first wins among equals. */
export function leastLoaded<H extends { readonly up: boolean }>(
  hosts: Iterable<H>,
  loadOf: (host: H) => number,
  room: number,
): H | undefined {
  let best: H | undefined;
  for (const host of hosts) {
    if (!host.up || loadOf(host) >= room) continue;
    if (best === undefined || loadOf(host) < loadOf(best)) best = host;
  }
  return best;
}

export function createScheduler(options: SchedulerOptions): Scheduler {
  const hosts = new Set<WorkerHost>();
  const given = new Map<string, WorkerHost>();
  const outputOf = new Map<string, string>();
  let queue: Waiting[] = [];
  let quarantine: { readonly host: WorkerHost; readonly attemptId: string } | undefined;
  let broken: PlainError | undefined;

  const loadOf = (host: WorkerHost): number => {
    let load = 0;
    for (const taken of given.values()) if (taken === host) load += 1;
    return load;
  };

  const openOf = (outputId: string): number => {
    let open = 0;
    for (const other of outputOf.values()) if (other === outputId) open += 1;
    return open;
  };

  const hostFor = (waiting: Waiting): WorkerHost | undefined => {
    if (openOf(waiting.outputId) >= options.openPerOutput) return undefined;
    if (!waiting.isolated) return leastLoaded(hosts, loadOf, options.openPerWorker);
    if (quarantine !== undefined) return undefined;
    const host = options.addQuarantine();
    quarantine = { host, attemptId: waiting.attemptId };
    return host;
  };

  const scheduler: Scheduler = {
    addHost(host) {
      hosts.add(host);
      scheduler.serve();
    },
    removeHost(host) {
      hosts.delete(host);
    },
    acquire(attempt, signal) {
      return new Promise((resolve, reject) => {
        if (broken !== undefined) {
          reject(fromPlainError(broken));
          return;
        }
        const onAbort = (): void => {
          queue = queue.filter((other) => other !== waiting);
          reject(signal.reason);
        };
        const waiting: Waiting = {
          ...attempt,
          resolve: (host) => {
            signal.removeEventListener('abort', onAbort);
            resolve(host);
          },
          reject: (error) => {
            signal.removeEventListener('abort', onAbort);
            reject(error);
          },
        };
        signal.addEventListener('abort', onAbort, { once: true });
        queue.push(waiting);
        scheduler.serve();
      });
    },
    hostOf: (attemptId) => given.get(attemptId),
    release(attemptId) {
      given.delete(attemptId);
      outputOf.delete(attemptId);
      if (quarantine?.attemptId === attemptId) {
        options.removeQuarantine(quarantine.host);
        quarantine = undefined;
      }
      scheduler.serve();
    },
    serve() {
      const still: Waiting[] = [];
      const all = queue;
      queue = [];
      for (const waiting of all) {
        const host = hostFor(waiting);
        if (host === undefined) {
          still.push(waiting);
          continue;
        }
        given.set(waiting.attemptId, host);
        outputOf.set(waiting.attemptId, waiting.outputId);
        waiting.resolve(host);
      }
      queue = [...still, ...queue];
    },
    breakDown(error) {
      broken = error;
      const all = queue;
      queue = [];
      for (const waiting of all) waiting.reject(fromPlainError(error));
    },
    get waiting() {
      return queue.length;
    },
  };
  return scheduler;
}
