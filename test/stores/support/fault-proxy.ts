// Owns a server that stands before a store and spoils what a test asks for: requests and answers of HTTP, one at a time.
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
  type ServerResponse,
} from 'node:http';

/**
 * `error`: a status without a call. `error after`: the call is made, and its answer is lost to an error. `reset before`, `reset after`:
 * the connection ends before the call, or before its answer. `truncate`: half of the body of the answer. `document`: 200 with a
 * document of an error, without a call. `stall`: no answer; the call is made. `slow`: an answer that takes a while. `twice`: the call is
 * made twice, and the second answer is given. `skew`: the clocks are said to differ. `late`: no answer; the call is made by `settle`, long
 * after its client has given it up. `damage`: one bit of the body is another one when the store receives it.
 */
export type Fault =
  | { readonly kind: 'error' | 'error after'; readonly status: 429 | 500 | 502 | 503 }
  | {
      readonly kind:
        | 'reset before'
        | 'reset after'
        | 'truncate'
        | 'document'
        | 'stall'
        | 'slow'
        | 'twice'
        | 'skew'
        | 'late'
        | 'damage';
    };

/** What a request asks for. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  /** Of its body. */
  readonly bytes: number;
}

export interface FaultProxy {
  readonly url: string;
  /** Asked before each request, by its number from 1 on. */
  faultOf: (request: number, asked: Asked) => Fault | undefined;
  /** Requests so far, and faults. */
  readonly requests: number;
  readonly faults: number;
  /** Bytes of bodies that were given to clients. */
  readonly bytesGiven: number;
  /** What the store has answered to requests that were damaged: their status. */
  readonly toDamaged: readonly number[];
  /** Begins to count anew. */
  restart(): void;
  /** Makes the calls that are late. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

interface Answered {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

const errorDocument = (code: string): Buffer =>
  Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>by the test</Message></Error>`,
  );
const codes = { 429: 'TooManyRequests', 500: 'InternalError', 502: 'BadGateway', 503: 'SlowDown' } as const;

/** @param target URL of the store */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const { hostname, port } = new URL(target);
  let requests = 0;
  let faults = 0;
  let bytesGiven = 0;
  const late: (() => Promise<unknown>)[] = [];
  const toDamaged: number[] = [];

  const forward = (from: IncomingMessage, body: Buffer): Promise<Answered> =>
    new Promise((resolve, reject) => {
      const { method, url: path, headers } = from;
      const to = request({ hostname, port, method, path, headers, agent: false }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const { statusCode: status = 0, headers: said } = answer;
          resolve({ status, headers: said, body: Buffer.concat(chunks) });
        });
      });
      to.on('error', reject);
      to.end(body);
    });
  const give = (response: ServerResponse, { status, headers, body }: Answered): void => {
    const { 'transfer-encoding': _, connection: __, ...kept } = headers;
    const length = headers['content-length'] === undefined ? { 'content-length': body.length } : {};
    bytesGiven += body.length;
    response.writeHead(status, { ...kept, ...length });
    response.end(body);
  };
  const refuse = (
    response: ServerResponse,
    status: number,
    code: string,
    headers: OutgoingHttpHeaders = {},
  ): void =>
    give(response, {
      status,
      headers: { 'content-type': 'application/xml', ...headers },
      body: errorDocument(code),
    });

  const serve = async (from: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of from) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    requests += 1;
    const { method = '', url = '' } = from;
    const fault = proxy.faultOf(requests, { method, url, bytes: body.length });
    if (fault === undefined) return give(response, await forward(from, body));
    faults += 1;
    switch (fault.kind) {
      case 'error':
        return refuse(response, fault.status, codes[fault.status]);
      case 'error after':
        await forward(from, body);
        return refuse(response, fault.status, codes[fault.status]);
      case 'reset before':
        return void from.socket.destroy();
      case 'reset after':
        await forward(from, body);
        return void from.socket.destroy();
      case 'truncate': {
        const answer = await forward(from, body);
        // Of an answer without a body half is all of it: its client would be through, and lose its next call with the connection.
        if (answer.body.length === 0) return void from.socket.destroy();
        const length = answer.headers['content-length'] ?? answer.body.length;
        response.writeHead(answer.status, { ...answer.headers, 'content-length': length });
        response.write(answer.body.subarray(0, Math.floor(answer.body.length / 2)));
        // What was written has to leave before the connection ends.
        return void setTimeout(() => from.socket.destroy(), 5);
      }
      case 'document':
        return give(response, {
          status: 200,
          headers: { 'content-type': 'application/xml' },
          body: errorDocument('InternalError'),
        });
      case 'stall':
        await forward(from, body);
        return;
      case 'slow': {
        const answer = await forward(from, body);
        return void setTimeout(() => give(response, answer), 200);
      }
      case 'twice':
        await forward(from, body);
        return give(response, await forward(from, body));
      case 'skew':
        // Azure has no word of its own for it, and speaks in a header.
        return refuse(response, 403, 'RequestTimeTooSkewed', { 'x-ms-error-code': 'AuthenticationFailed' });
      case 'damage': {
        const middle = body.length >> 1;
        body.writeUInt8(body.readUInt8(middle) ^ 1, middle);
        const answer = await forward(from, body);
        toDamaged.push(answer.status);
        return give(response, answer);
      }
      case 'late':
        return void late.push(() => forward(from, body));
    }
  };
  const server = createServer((from, response) => {
    serve(from, response).catch(() => from.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');

  const proxy: FaultProxy = {
    url: `http://127.0.0.1:${address.port}`,
    faultOf: () => undefined,
    get requests() {
      return requests;
    },
    get faults() {
      return faults;
    },
    get bytesGiven() {
      return bytesGiven;
    },
    toDamaged,
    restart() {
      requests = 0;
      faults = 0;
    },
    async settle() {
      for (const call of late.splice(0)) await call();
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}
