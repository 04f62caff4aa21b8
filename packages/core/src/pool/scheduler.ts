// Owns which worker runs which attempt: the one with room that has the least before it. Outputs take turns, the writes of
// each come in their order; a suspect write gets a worker of its own. It starts nothing itself.
import { fromPlainError, type PlainError } from '../errors/plain-error.js';
import { createFifo, type Fifo } from './fifo.js';
import type { WorkerHost } from './worker-host.js';

export interface SchedulerOptions {
  /**
   * Attempts that may be open in one worker at once.
   * @param wanted attempts that are open or wait
   */
  readonly openPerWorker: (wanted: number) => number;
  /** Called when something is wanted that was not, or nothing is any more. */
  readonly onWanted: (wanted: boolean) => void;
  /**
   * Attempts of one output that may be open at once: more would not be faster, and each keeps an encoder's memory while
   * the others hold the thread.
   */
  readonly openPerOutput: () => number;
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
  /** Attempts that are open or wait. */
  readonly wanted: number;
}

export interface AttemptRequest {
  readonly attemptId: string;
  readonly outputId: string;
  /** Wants a worker of its own. */
  readonly isolated: boolean;
  /** Bytes of batches that it has still to encode, as far as one knows. Asked again whenever somebody is to be served. */
  aheadBytes(): number;
}

interface Waiting extends AttemptRequest {
  resolve(host: WorkerHost): void;
  reject(error: unknown): void;
}

/** An attempt that has its worker. */
interface Given {
  readonly host: WorkerHost;
  readonly line: Line;
  readonly attempt: AttemptRequest;
}

/** What one output has open and what it waits for. */
interface Line {
  open: number;
  readonly waiting: Fifo<Waiting>;
}

/** What a host has open: how many attempts, and the bytes before them. */
export interface Load {
  readonly open: number;
  readonly aheadBytes: number;
}

/**
 * Of the hosts that are up and have room, the one with the fewest bytes before it, among equals the one with the fewest
 * attempts, then the first. Writes differ in size: of two that are cut from one output the last is what was left over.
 */
export function leastLoaded<H extends { readonly up: boolean }>(
  hosts: Iterable<H>,
  loadOf: (host: H) => Load,
  room: number,
): H | undefined {
  let best: H | undefined;
  let least: Load | undefined;
  for (const host of hosts) {
    const load = loadOf(host);
    if (!host.up || load.open >= room || (least !== undefined && !isLess(load, least))) continue;
    best = host;
    least = load;
  }
  return best;
}

const isLess = (a: Load, b: Load): boolean =>
  a.aheadBytes === b.aheadBytes ? a.open < b.open : a.aheadBytes < b.aheadBytes;

export function createScheduler(options: SchedulerOptions): Scheduler {
  /** What each regular host has open. */
  const loads = new Map<WorkerHost, Set<AttemptRequest>>();
  const given = new Map<string, Given>();
  /** Outputs with something open or waiting. */
  const lines = new Map<string, Line>();
  /** Those of them that wait and may have more open, in the order of their turns. */
  const ready = new Map<string, Line>();
  const suspects = createFifo<Waiting>();
  let quarantine: { readonly host: WorkerHost; readonly attemptId: string } | undefined;
  let broken: PlainError | undefined;
  let waiting = 0;
  let toldWanted = false;

  const loadOf = (host: WorkerHost): Load => {
    let aheadBytes = 0;
    const open = loads.get(host);
    for (const attempt of open ?? []) aheadBytes += attempt.aheadBytes();
    return { open: open?.size ?? 0, aheadBytes };
  };
  const lineOf = (outputId: string): Line => {
    const line = lines.get(outputId) ?? { open: 0, waiting: createFifo<Waiting>() };
    lines.set(outputId, line);
    return line;
  };
  const settle = (outputId: string, line: Line): void => {
    if (line.waiting.size > 0 && line.open < options.openPerOutput()) ready.set(outputId, line);
    else ready.delete(outputId);
    if (line.waiting.size === 0 && line.open === 0) lines.delete(outputId);
  };
  const give = (host: WorkerHost, attempt: Waiting): void => {
    const { attemptId, outputId } = attempt;
    const line = lineOf(outputId);
    line.open += 1;
    given.set(attemptId, { host, line, attempt });
    loads.get(host)?.add(attempt);
    settle(outputId, line);
    attempt.resolve(host);
  };
  const tellWanted = (): void => {
    const isWanted = waiting + given.size > 0;
    if (isWanted === toldWanted) return;
    toldWanted = isWanted;
    options.onWanted(isWanted);
  };
  const serveSuspect = (): void => {
    if (quarantine !== undefined) return;
    const suspect = suspects.shift();
    if (suspect === undefined) return;
    const host = options.addQuarantine();
    quarantine = { host, attemptId: suspect.attemptId };
    give(host, suspect);
  };

  const scheduler: Scheduler = {
    addHost(host) {
      loads.set(host, new Set());
      // With more workers, an output may have more open.
      for (const [outputId, line] of lines) settle(outputId, line);
      scheduler.serve();
    },
    removeHost(host) {
      loads.delete(host);
    },
    acquire(attempt, signal) {
      return new Promise((resolve, reject) => {
        if (broken !== undefined) {
          reject(fromPlainError(broken));
          return;
        }
        const { outputId, isolated } = attempt;
        const end = (): void => {
          waiting -= 1;
          signal.removeEventListener('abort', onAbort);
        };
        const one: Waiting = {
          ...attempt,
          resolve: (host) => {
            end();
            resolve(host);
          },
          reject: (error) => {
            end();
            reject(error);
          },
        };
        const onAbort = (): void => {
          leave();
          one.reject(signal.reason);
          if (!isolated) settle(outputId, lineOf(outputId));
          tellWanted();
        };
        signal.addEventListener('abort', onAbort, { once: true });
        waiting += 1;
        tellWanted();
        const leave = isolated ? suspects.push(one) : lineOf(outputId).waiting.push(one);
        if (!isolated) settle(outputId, lineOf(outputId));
        scheduler.serve();
      });
    },
    hostOf: (attemptId) => given.get(attemptId)?.host,
    release(attemptId) {
      const taken = given.get(attemptId);
      if (taken !== undefined) {
        const { host, line, attempt } = taken;
        given.delete(attemptId);
        line.open -= 1;
        loads.get(host)?.delete(attempt);
        settle(attempt.outputId, line);
      }
      if (quarantine?.attemptId === attemptId) {
        options.removeQuarantine(quarantine.host);
        quarantine = undefined;
      }
      scheduler.serve();
      tellWanted();
    },
    serve() {
      serveSuspect();
      for (;;) {
        const [next] = ready;
        if (next === undefined) return;
        const host = leastLoaded(loads.keys(), loadOf, options.openPerWorker(scheduler.wanted));
        if (host === undefined) return;
        const [outputId, line] = next;
        // To the end of the turns, if it is to have another one.
        ready.delete(outputId);
        const one = line.waiting.shift();
        if (one !== undefined) give(host, one);
      }
    },
    breakDown(error) {
      broken = error;
      const all = [...lines.values()].flatMap((line) => line.waiting.drain());
      ready.clear();
      for (const one of [...all, ...suspects.drain()]) one.reject(fromPlainError(error));
      tellWanted();
    },
    get waiting() {
      return waiting;
    },
    get wanted() {
      return waiting + given.size;
    },
  };
  return scheduler;
}
