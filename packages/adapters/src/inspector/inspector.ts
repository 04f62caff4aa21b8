// Owns the inspector as its user has it in hand: one call that opens the page, takes what is inspected, and closes.
import { randomBytes } from 'node:crypto';
import { type Pipeline, systemClock } from '@tailrace/core';
import { checkOptions, type InspectorOptions } from './options.js';
import { readPageFiles } from './server/page-files.js';
import { openRelay } from './server/relay.js';
import { openServer } from './server/server.js';
import { createStream, type InspectFunction } from './stream/stream.js';
import { traceOf } from './stream/trace-file.js';
import { type WatchedRun, watchRun } from './stream/watch-run.js';

/** An inspector that is open: what runs and actors tell it is shown in its page, until it is closed. */
export interface Inspector {
  /**
   * Address of the page, on this machine only: `http://127.0.0.1:<port>/#token=...`. Whoever has it can read everything that is
   * shown. The token stands behind its `#`, which browsers send nowhere, and is drawn anew for each inspector.
   */
  readonly url: string;
  /** Where other XState apps send their events: the `url` of `createWebSocketInspector`. Its token lets read nothing. */
  readonly inspectUrl: string;
  /** For the option `inspect` of runs, pools and any XState actor. It changes nothing of what it is told. */
  readonly inspect: InspectFunction;
  /**
   * Shows graph, rates, memory and report of a run beside its actors: it is looked at four times a second until it has ended. Any
   * number of runs may be watched, one after the other or at once; the page shows one of them, and keeps the last 20.
   * @param run a run that was given this inspector's `inspect`; it is only read
   * @param pipeline whose run it is
   */
  watch(run: WatchedRun, pipeline: Pick<Pipeline, 'describe'>): void;
  /**
   * What was recorded so far, as far as it is remembered (`history`), as the JSON of a file that this page, Perfetto and
   * chrome://tracing open. It is made at once: the process does nothing else meanwhile.
   * @throws RangeError when it would be longer than a text can be
   */
  trace(): string;
  /** Ends the server and every connection; never rejects, and may be called again. Runs go on, and pages keep what they know. */
  close(): Promise<void>;
}

const newToken = (): string => randomBytes(32).toString('base64url');
/** Milliseconds between two looks at a run. */
const lookEveryMs = 250;

/**
 * Opens an inspector: a page on this machine that shows runs and any other XState actors as they go on, without any network. It
 * shows and changes nothing: nobody can do anything to a run through it. While it is open it keeps the process alive: close
 * it when the runs are over, or give it a `signal`.
 * @param options where it listens, how much it tells and remembers, and who else may send to it; by default on any port that is
 * free, within the limits that each option names
 * @returns the address of the page, and what runs and actors are given
 * @throws PlanError when an option is none, or the port is taken; nothing listens then
 * @throws TailraceError `MODULE_INVALID` when the page was not built with the package
 * @throws the reason of `signal` when that is aborted before it is open
 */
export async function inspector(options: InspectorOptions = {}): Promise<Inspector> {
  const { port = 0, signal, clock = systemClock } = options;
  checkOptions(options);
  signal?.throwIfAborted();
  const stream = createStream({ ...options, clock });
  const trace = (): string => {
    stream.flush();
    return JSON.stringify(traceOf(Array.from(stream.history.entries(), ({ message }) => message)));
  };
  const [token, feedToken] = [newToken(), newToken()];
  const server = await openServer({
    port,
    token,
    files: await readPageFiles(),
    *greeting() {
      for (const { text } of stream.history.entries()) yield text;
    },
    trace,
    clock,
    apps: {
      token: feedToken,
      origins: options.origins ?? [],
      onMessage: (text, source) => stream.foreign(text, source),
      onClose: (source) => stream.endForeign(source),
    },
  });
  stream.subscribe(({ text }) => server.send(text));
  const relay = options.relay === undefined ? undefined : openRelay(stream, options.relay, clock);
  const watched = new Set<() => void>();
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      signal?.removeEventListener('abort', onAbort);
      for (const stop of watched) stop();
      // Pages keep what they know: the last of it is to reach them.
      stream.flush();
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
    inspectUrl: `ws://127.0.0.1:${server.port}/inspect?token=${feedToken}`,
    inspect: stream.inspect,
    watch(run, pipeline) {
      const memoryBytes = (): number => process.memoryUsage.rss();
      const stop = watchRun(stream, run, pipeline.describe(), {
        clock,
        everyMs: lookEveryMs,
        memoryBytes,
        errorMessages: options.errorMessages,
      });
      watched.add(stop);
      // It holds the run and what that has in memory. A run that breaks down is told to whoever awaits it.
      const forget = (): boolean => watched.delete(stop);
      run.settled.then(forget, forget);
    },
    trace,
    close,
  };
}
