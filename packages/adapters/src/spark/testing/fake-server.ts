// Owns a server for tests that speaks Spark Connect over real gRPC on loopback, and does what its handlers say. For tests alone.
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import type { ExecutePlanResponse } from '../protocol/responses.js';
import {
  type CallName,
  loadService,
  type RequestOf,
  type ResponseOf,
  type StreamName,
  type UnaryName,
} from '../protocol/service.js';
import type { KeyAndCertificate } from './self-signed.js';

/** A stream of responses as a handler sees it. */
export interface FakeStream {
  /** @param responseId also its name in a later ReattachExecute */
  send(responseId: string, responseType: ExecutePlanResponse['responseType']): void;
  complete(responseId?: string): void;
  /** Ends the stream without saying that the work is done. */
  end(): void;
  fail(failure: Failure): void;
  /** Resolves when the client has gone. */
  readonly cancelled: Promise<void>;
}

export interface Failure {
  readonly code: number;
  readonly message: string;
  /** The bytes of the trailer `grpc-status-details-bin`. */
  readonly details?: Buffer;
}

type Handlers = {
  readonly [N in UnaryName]: (request: RequestOf<N>) => ResponseOf<N> | Promise<ResponseOf<N>>;
} & { readonly [N in StreamName]: (request: RequestOf<N>, stream: FakeStream) => void };

export type Seen = { [N in CallName]: { readonly name: N; readonly request: RequestOf<N> } }[CallName];

export interface FakeServer {
  readonly url: string;
  /** Every call so far, in order. */
  readonly seen: readonly Seen[];
  readonly headers: readonly Metadata[];
  requests<N extends CallName>(name: N): RequestOf<N>[];
  /** Resolves when there have been so many calls of a name. */
  until(name: CallName, count?: number): Promise<void>;
  close(): Promise<void>;
}

export class FakeFailure extends Error implements Failure {
  readonly code: number;
  readonly details?: Buffer;
  constructor({ code, message, details }: Failure) {
    super(message);
    this.code = code;
    if (details !== undefined) this.details = details;
  }
}

/** What the fake calls every session. */
export const fakeSession = { serverSideSessionId: 'server-1' };

const usual: Omit<Handlers, StreamName> = {
  AnalyzePlan: () => ({ ...fakeSession, result: { case: 'sparkVersion', value: { version: '4.0.0' } } }),
  Config: () => ({ ...fakeSession, pairs: [], warnings: [] }),
  FetchErrorDetails: () => ({ ...fakeSession, errors: [] }),
  Interrupt: () => ({ ...fakeSession, interruptedIds: [] }),
  ReleaseExecute: () => fakeSession,
  ReleaseSession: () => fakeSession,
};

const unimplemented = (_request: unknown, stream: FakeStream): void =>
  stream.fail({ code: status.UNIMPLEMENTED, message: 'The fake does not execute.' });

/**
 * Serves until it is closed. Handlers that are not given do the usual.
 * @param tls what it speaks TLS with; in the clear without
 */
export async function startFake(given: Partial<Handlers> = {}, tls?: KeyAndCertificate): Promise<FakeServer> {
  const service = await loadService();
  const handlers: Handlers = {
    ...usual,
    ExecutePlan: unimplemented,
    ReattachExecute: unimplemented,
    ...given,
  };
  const seen: Seen[] = [];
  const headers: Metadata[] = [];
  const waiting: { name: CallName; count: number; resolve: () => void }[] = [];
  const countOf = (name: CallName): number => seen.filter((call) => call.name === name).length;
  const see = (name: CallName, request: unknown, metadata: Metadata): void => {
    // The request was decoded as that of the call.
    seen.push({ name, request } as Seen);
    headers.push(metadata);
    for (const one of waiting) if (one.name === name && countOf(name) >= one.count) one.resolve();
  };

  const server = new Server();
  const names: readonly UnaryName[] = [
    'AnalyzePlan',
    'Config',
    'FetchErrorDetails',
    'Interrupt',
    'ReleaseExecute',
    'ReleaseSession',
  ];
  for (const name of names) {
    const { path, request, response } = service.call(name);
    server.register(
      path,
      async (call: ServerUnaryCall<unknown, unknown>, done: sendUnaryData<unknown>) => {
        see(name, call.request, call.metadata);
        try {
          // Handler and codec are of the same call, which a loop over names cannot say.
          const answer = await (handlers[name] as (request: unknown) => unknown)(call.request);
          done(null, answer);
        } catch (error) {
          const failure = error as Failure;
          done({
            code: failure.code ?? status.INTERNAL,
            details: failure.message,
            metadata: trailer(failure),
          });
        }
      },
      response.encode as (message: unknown) => Buffer,
      request.decode,
      'unary',
    );
  }
  for (const name of ['ExecutePlan', 'ReattachExecute'] as const) {
    const { path, request, response } = service.call(name);
    server.register(
      path,
      (call: ServerWritableStream<RequestOf<typeof name>, ExecutePlanResponse>) => {
        see(name, call.request, call.metadata);
        (handlers[name] as (request: unknown, stream: FakeStream) => void)(call.request, streamOver(call));
      },
      response.encode,
      request.decode as never,
      'serverStream',
    );
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentialsOf(tls), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    url: `sc://127.0.0.1:${port}`,
    seen,
    headers,
    requests: <N extends CallName>(name: N) =>
      seen.filter((call) => call.name === name).map((call) => call.request as RequestOf<N>),
    until: (name, count = 1) =>
      countOf(name) >= count
        ? Promise.resolve()
        : new Promise((resolve) => waiting.push({ name, count, resolve })),
    close: async () => server.forceShutdown(),
  };
}

function credentialsOf(tls: KeyAndCertificate | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const pair = { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.certificate) };
  return ServerCredentials.createSsl(null, [pair]);
}

function trailer({ details }: Failure): Metadata {
  const metadata = new Metadata();
  if (details !== undefined) metadata.set('grpc-status-details-bin', details);
  return metadata;
}

function streamOver(
  call: ServerWritableStream<{ readonly operationId: string }, ExecutePlanResponse>,
): FakeStream {
  const { operationId } = call.request;
  const send: FakeStream['send'] = (responseId, responseType) =>
    void call.write({ ...fakeSession, operationId, responseId, responseType });
  return {
    send,
    complete: (responseId = 'last') => {
      send(responseId, { case: 'resultComplete', value: {} });
      call.end();
    },
    end: () => call.end(),
    fail: (failure) =>
      void call.emit('error', { code: failure.code, details: failure.message, metadata: trailer(failure) }),
    cancelled: new Promise((resolve) => call.on('cancelled', () => resolve())),
  };
}
