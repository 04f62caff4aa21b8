// Owns a sink that sends readings over HTTP as InfluxDB's line protocol, to a service that keeps what it was sent
// invisible until it is told which parts to publish. Copy it for a service of your own.
import {
  type Batch,
  ConflictError,
  defineSink,
  type SinkDefinition,
  TailraceError,
} from '@tailrace/core/sink';
import type { Reading } from '../reading.js';

export interface HttpLinesOptions {
  /** Of the service, without a slash at the end. */
  readonly url: string;
  /** Milliseconds after which a request that was not answered fails. Default 30,000. */
  readonly timeoutMs?: number | undefined;
}

/** The staging place is a path that no other run uses; a part is named by write and attempt, so a retry starts clean. */
const sink: SinkDefinition<HttpLinesOptions, string, string> = defineSink({
  name: 'http-lines',
  async begin({ options, runId, output, signal }) {
    const name = encodeURIComponent(output);
    // From here on the service takes nothing from other runs, and forgets what a dead one has left.
    await request(options, 'POST', `/owner/${name}`, runId, signal);
    return { skip: false, staging: `/staged/${name}/${runId}` };
  },

  async open({ options, staging, write, attempt, signal }) {
    const part = `${write}-${attempt}`;
    const path = `${staging}/${part}`;
    let rows = 0;
    let bytes = 0;
    return {
      async write(batch) {
        const body = lines(batch);
        await request(options, 'POST', path, body, signal);
        rows += batch.rows;
        bytes += Buffer.byteLength(body);
      },
      prepare: async () => ({ rows, bytes, files: [], part }),
      // What failed to be removed here goes with the staging place in `abort`.
      abort: () => request(options, 'DELETE', path).catch(() => {}),
    };
  },

  async commit({ options, staging, prepared, signal }) {
    // The service publishes a staging place once, however often it is asked: a commit may be tried again.
    await request(options, 'PUT', staging, JSON.stringify(prepared.map(({ part }) => part)), signal);
    const sum = (key: 'rows' | 'bytes'): number => prepared.reduce((total, each) => total + each[key], 0);
    return { rows: sum('rows'), bytes: sum('bytes'), files: 0 };
  },
  abort: ({ options, staging }) => request(options, 'DELETE', staging),
});

export default sink;

function lines(batch: Batch<unknown>): string {
  let text = '';
  // `httpLines` accepts no other rows.
  for (const { time, sensor, celsius } of batch.toRows() as Iterable<Reading>) {
    // The protocol has no text for these: sent all the same, they would be read as something else.
    if (/^$|[\\\0\r\n]/.test(sensor)) throw refusal('sensor', JSON.stringify(sensor.slice(0, 40)));
    if (!Number.isFinite(celsius)) throw refusal('celsius', String(celsius));
    const value = Object.is(celsius, -0) ? '-0' : String(celsius);
    text += `reading,sensor=${sensor.replaceAll(/[ ,=]/g, '\\$&')} celsius=${value} ${time.getTime()}\n`;
  }
  return text;
}

function refusal(column: string, value: string): TailraceError {
  return new TailraceError(
    `The ${column} ${value} cannot be a value of a line. Leave the row out, or change it in a stage.`,
    {
      code: 'VALUE_INVALID',
      operation: 'make lines',
      status: 'permanent',
      context: { column },
    },
  );
}

/** No request lasts for ever: it ends with the attempt or commit that sent it, and by itself when no answer comes. */
async function request(
  { url, timeoutMs = 30_000 }: HttpLinesOptions,
  method: string,
  path: string,
  body: string | null = null,
  signal?: AbortSignal,
): Promise<void> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const ended = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  const response = await fetch(`${url}${path}`, { method, body, signal: ended }).catch((cause: unknown) => {
    signal?.throwIfAborted();
    const problem = timeout.aborted ? `was not answered within ${timeoutMs} ms` : 'could not be sent';
    throw failure(`${method} ${path} ${problem}. See whether the service at ${url} runs.`, 'temporary', {
      cause,
    });
  });
  await response.body?.cancel();
  if (response.ok) return;
  if (response.status === 409) {
    throw new ConflictError(`${method} ${path}: another run has taken the output over. Run one at a time.`, {
      operation: 'send lines',
    });
  }
  const canRetry = response.status >= 500 || response.status === 429;
  throw failure(
    `${method} ${path} was answered with ${response.status}. See the log of the service at ${url}.`,
    canRetry ? 'temporary' : 'permanent',
    { context: { httpStatus: response.status } },
  );
}

function failure(
  message: string,
  status: 'temporary' | 'permanent',
  more: { readonly cause?: unknown; readonly context?: { readonly httpStatus: number } },
): TailraceError {
  return new TailraceError(message, { code: 'SINK_FAILED', operation: 'send lines', status, ...more });
}
