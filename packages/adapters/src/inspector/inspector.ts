// Owns the inspector as its user has it in hand: one call that opens the page, takes what is inspected, and closes.
import { randomBytes } from 'node:crypto';
import { type Clock, type Pipeline, PlanError, systemClock } from '@tailrace/core';
import { readPageFiles } from './server/page-files.js';
import { openRelay } from './server/relay.js';
import { openServer } from './server/server.js';
import type { HistoryOptions } from './stream/history.js';
import type { PlainLimits } from './stream/plain.js';
import { createStream, type InspectFunction } from './stream/stream.js';
import { traceOf } from './stream/trace-file.js';
import { type WatchedRun, watchRun } from './stream/watch-run.js';

export interface InspectorOptions {
  /** Port on 127.0.0.1. Default 0: any that is free. */
  readonly port?: number | undefined;
  /** Writes that are told one by one; of later ones only those in trouble, the rest are counted. Default 500. */
  readonly writes?: number | undefined;
  /** What late joiners and traces get: the last messages within `limitBytes`. Default 32 MiB. */
  readonly history?: HistoryOptions | undefined;
  /** How much of events and contexts is shown. Default: 6 levels, 50 entries, texts of 4,096 characters. */
  readonly limits?: PlainLimits | undefined;
  /** Origins of other web apps that may send their own events to `/inspect`. Example: `['http://localhost:5173']`. */
  readonly origins?: readonly string[] | undefined;
  /** WebSocket of another inspector that is told as well. Example, for the server of @statelyai/inspect: `'ws://localhost:8080'`. */
  readonly relay?: string | undefined;
  /** Closes the inspector when it is aborted. */
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock | undefined;
}

export interface Inspector {
  /** Address of the page. The token stands behind its `#`, which browsers send nowhere. */
  readonly url: string;
  /** Where other XState apps send their events: the `url` of `createWebSocketInspector`. */
  readonly inspectUrl: string;
  /** For the option `inspect` of runs, pools and any XState actor. */
  readonly inspect: InspectFunction;
  /** Shows graph, rates, memory and report of a run beside its actors. */
  watch(run: WatchedRun, pipeline: Pick<Pipeline, 'describe'>): void;
  /** What was recorded, as a file that this page, Perfetto and chrome://tracing open. */
  trace(): string;
  /** Ends the server and every connection. Idempotent. */
  close(): Promise<void>;
}

/** Milliseconds between two looks at a run. */
const lookEveryMs = 250;

/**
 * Opens an inspector on this machine. It shows and changes nothing: nobody can do anything to a run through it.
 * @throws PlanError when the port is taken or no port
 */
export async function inspector(options: InspectorOptions = {}): Promise<Inspector> {
  const { port = 0, signal, clock = systemClock } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new PlanError(`The option port must be a whole number from 0 to 65535, not ${String(port)}.`, {
      operation: 'open inspector',
    });
  }
  signal?.throwIfAborted();
  const stream = createStream({ ...options, clock });
  const trace = (): string => {
    stream.flush();
    return JSON.stringify(traceOf(Array.from(stream.history.entries(), ({ message }) => message)));
  };
  const token = randomBytes(32).toString('base64url');
  const server = await openServer({
    port,
    token,
    origins: options.origins ?? [],
    files: await readPageFiles(),
    *greeting() {
      for (const { text } of stream.history.entries()) yield text;
    },
    trace,
    clock,
    onForeign: (text, source) => stream.foreign(text, source),
  });
  stream.subscribe(({ text }) => server.send(text));
  const relay = options.relay === undefined ? undefined : openRelay(stream, options.relay, clock);
  const watched: (() => void)[] = [];
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      signal?.removeEventListener('abort', onAbort);
      for (const stop of watched) stop();
      stream.close();
      relay?.close();
      await server.close();
    })();
    return closing;
  };
  const onAbort = (): void => {
    // `close` never rejects: a server that is not open any more is closed.
    void close();
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  // It was aborted while the port was being opened.
  if (signal?.aborted) await close();
  signal?.throwIfAborted();

  return {
    url: `http://127.0.0.1:${server.port}/#token=${token}`,
    inspectUrl: `ws://127.0.0.1:${server.port}/inspect?token=${token}`,
    inspect: stream.inspect,
    watch(run, pipeline) {
      const memoryBytes = (): number => process.memoryUsage.rss();
      watched.push(watchRun(stream, run, pipeline.describe(), { clock, everyMs: lookEveryMs, memoryBytes }));
    },
    trace,
    close,
  };
}
