// Owns the gRPC channel to one server: calls with one answer, calls with a stream of answers. It knows no sessions and tries
// nothing again; what gRPC throws passes as it is.
import type { ChannelOptions, ClientReadableStream, Metadata } from '@grpc/grpc-js';
import { messageOf, PlanError, TailraceError } from '@tailrace/core';
import { loadPeer } from '../protocol/peers.js';
import {
  loadService,
  type RequestOf,
  type ResponseOf,
  type StreamName,
  type UnaryName,
} from '../protocol/service.js';
import { type Endpoint, isLoopback } from './connection-string.js';

export interface ChannelSettings {
  /** Certificates of authorities (PEM) to trust instead of those of Node, for TLS. */
  readonly rootCertificates?: Buffer | undefined;
  /** Bytes that one message may have. */
  readonly maxMessageBytes: number;
  /** How long a call with one answer may take, in milliseconds. */
  readonly callTimeoutMs: number;
}

export interface ResponseStream<N extends StreamName> {
  /** The next response; undefined when the server has ended the stream. Not to be called while a call is pending. */
  next(): Promise<ResponseOf<N> | undefined>;
  /** Ends the call; a pending `next` rejects. Does nothing when it has ended. */
  cancel(): void;
}

export interface Channel {
  unary<N extends UnaryName>(
    name: N,
    request: RequestOf<N>,
    options?: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number | undefined },
  ): Promise<ResponseOf<N>>;
  stream<N extends StreamName>(name: N, request: RequestOf<N>): ResponseStream<N>;
  /** What is asked for from now on throws CLOSED. */
  close(): void;
}

/** A sign of life at this distance. Servers of gRPC in Java end connections that give one more often than every five minutes. */
const keepaliveMs = 360_000;

const loadGrpc = () => loadPeer('@grpc/grpc-js', () => import('@grpc/grpc-js'));

/** Loads what a channel needs, which takes some tenths of a second. Throws PLAN_INVALID where the packages for it are missing. */
export async function loadClient(): Promise<void> {
  await Promise.all([loadGrpc(), loadService()]);
}

/** Opens a channel. Nothing is sent before the first call. Throws PLAN_INVALID where the packages for it are missing. */
export async function openChannel(endpoint: Endpoint, settings: ChannelSettings): Promise<Channel> {
  const grpc = await loadGrpc();
  const service = await loadService();
  const options: ChannelOptions = {
    'grpc.max_receive_message_length': settings.maxMessageBytes,
    'grpc.max_send_message_length': settings.maxMessageBytes,
    // What is tried again, and when, is decided above.
    'grpc.enable_retries': 0,
    // A proxy named by the environment is for other machines.
    ...(isLoopback(endpoint.host) ? { 'grpc.enable_http_proxy': 0 } : {}),
    // A connection that went away without a word, as behind a balancer, is noticed while a stream is silent.
    'grpc.keepalive_time_ms': keepaliveMs,
  };
  const credentials = endpoint.tls
    ? grpc.credentials.createSsl(settings.rootCertificates ?? null)
    : grpc.credentials.createInsecure();
  const client = new grpc.Client(`${endpoint.host}:${endpoint.port}`, credentials, options);
  const metadata = (): Metadata => {
    const made = new grpc.Metadata();
    for (const [name, value] of Object.entries(endpoint.headers)) made.set(name, value);
    if (endpoint.token !== undefined) made.set('authorization', `Bearer ${endpoint.token}`);
    return made;
  };

  let isClosed = false;
  const checkOpen = (name: string): void => {
    if (isClosed) throw closedBefore(name);
  };

  return {
    unary: async (name, message, { signal, timeoutMs = settings.callTimeoutMs } = {}) => {
      checkOpen(name);
      const { path, request, response } = service.call(name);
      return await new Promise((resolve, reject) => {
        const onAbort = (): void => call.cancel();
        const call = client.makeUnaryRequest(
          path,
          asItIs,
          response.decode,
          encoded(name, () => request.encode(message)),
          metadata(),
          { deadline: Date.now() + timeoutMs },
          (error, answer) => {
            signal?.removeEventListener('abort', onAbort);
            if (error !== null) reject(error);
            else if (answer === undefined) reject(new Error('gRPC gave neither an answer nor an error.'));
            else resolve(answer);
          },
        );
        if (signal?.aborted) call.cancel();
        else signal?.addEventListener('abort', onAbort, { once: true });
      });
    },
    stream: (name, message) => {
      checkOpen(name);
      const { path, request, response } = service.call(name);
      const bytes = encoded(name, () => request.encode(message));
      return pulling(client.makeServerStreamRequest(path, asItIs, response.decode, bytes, metadata()));
    },
    close: () => {
      isClosed = true;
      client.close();
    },
  };
}

function closedBefore(name: string): TailraceError {
  return new TailraceError(
    `The session with Spark was closed before it was asked for something (${name}), so nothing was sent. Wait for what ` +
      'uses a session before you close it, or connect anew.',
    { code: 'CLOSED', operation: 'use a session' },
  );
}

const asItIs = (bytes: Buffer): Buffer => bytes;

/** Before the call is made: what gRPC itself cannot encode looks as if the server had failed. Throws a PlanError. */
function encoded(name: string, encode: () => Buffer): Buffer {
  try {
    return encode();
  } catch (error) {
    // The library goes into a message within a message by calling itself.
    if (error instanceof RangeError && error.message.includes('call stack'))
      throw new PlanError(
        `The plan is of too many steps, each upon the one before, to be sent to Spark (${name}). Nothing was sent. Cut it with checkpoint() after some hundred steps.`,
        { operation: 'encode a request', cause: error },
      );
    throw new PlanError(
      `What Spark was to be asked (${name}) cannot be sent: ${messageOf(error)}. Nothing was sent. Look at the numbers ` +
        'of the plan: a value is not of the kind of its field, or has no room in it.',
      { operation: 'encode a request', cause: error },
    );
  }
}

function pulling<T>(call: ClientReadableStream<T>): { next(): Promise<T | undefined>; cancel(): void } {
  // A call that fails while nobody reads must not end the process; the next read throws the same.
  call.on('error', () => {});
  const responses = call[Symbol.asyncIterator]();
  return {
    next: async () => {
      const { done, value } = await responses.next();
      return done ? undefined : value;
    },
    cancel: () => call.cancel(),
  };
}
