// Owns a collector of OpenTelemetry on loopback: an HTTP server that takes what the official exporters send as OTLP/JSON.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

type Value =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: string | number }
  | { readonly doubleValue: number };
interface KeyValue {
  readonly key: string;
  readonly value: Value;
}
interface WireEvent {
  readonly name: string;
  readonly timeUnixNano: string;
  readonly attributes?: readonly KeyValue[];
}
interface WireSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly KeyValue[];
  readonly events?: readonly WireEvent[];
  readonly status?: { readonly code?: number; readonly message?: string };
}
interface WirePoint {
  readonly attributes?: readonly KeyValue[];
  readonly asInt?: string | number;
  readonly asDouble?: number;
  readonly count?: string | number;
  readonly sum?: number;
}
interface WireMetric {
  readonly name: string;
  readonly unit?: string;
  readonly sum?: { readonly dataPoints: readonly WirePoint[]; readonly isMonotonic?: boolean };
  readonly gauge?: { readonly dataPoints: readonly WirePoint[] };
  readonly histogram?: { readonly dataPoints: readonly WirePoint[] };
}
interface WireRequest {
  readonly resourceSpans?: readonly {
    readonly scopeSpans: readonly {
      readonly scope?: { readonly name: string };
      readonly spans: readonly WireSpan[];
    }[];
  }[];
  readonly resourceMetrics?: readonly {
    readonly scopeMetrics: readonly { readonly metrics: readonly WireMetric[] }[];
  }[];
}

export type Attributes = Readonly<Record<string, string | number | boolean>>;
export interface SeenSpan {
  readonly name: string;
  readonly trace: string;
  readonly id: string;
  readonly parent: string;
  /** Nanoseconds since 1970. */
  readonly from: bigint;
  readonly to: bigint;
  readonly attributes: Attributes;
  readonly events: readonly { readonly name: string; readonly attributes: Attributes }[];
  /** 0: unset, 2: error. */
  readonly status: number;
}
export interface SeenPoint {
  readonly metric: string;
  readonly unit: string;
  readonly attributes: Attributes;
  readonly value: number;
  /** Of a histogram: how many. */
  readonly count: number | undefined;
}

export interface Collector {
  readonly url: string;
  readonly spans: SeenSpan[];
  /** Of the last time that metrics came. */
  points: readonly SeenPoint[];
  close(): Promise<void>;
}

export async function openCollector(): Promise<Collector> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts);
      const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
      const sent: WireRequest = JSON.parse(text.toString('utf8'));
      collector.spans.push(...spansOf(sent));
      if (sent.resourceMetrics !== undefined) collector.points = pointsOf(sent);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on a port has an address of this form.
  const { port } = server.address() as AddressInfo;
  const collector: Collector = {
    url: `http://127.0.0.1:${port}`,
    spans: [],
    points: [],
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return collector;
}

const spansOf = ({ resourceSpans = [] }: WireRequest): SeenSpan[] =>
  resourceSpans
    .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
    .map((span) => ({
      name: span.name,
      trace: span.traceId,
      id: span.spanId,
      parent: span.parentSpanId ?? '',
      from: BigInt(span.startTimeUnixNano),
      to: BigInt(span.endTimeUnixNano),
      attributes: attributesOf(span.attributes),
      events: (span.events ?? []).map(({ name, attributes }) => ({
        name,
        attributes: attributesOf(attributes),
      })),
      status: span.status?.code ?? 0,
    }));

const pointsOf = ({ resourceMetrics = [] }: WireRequest): SeenPoint[] =>
  resourceMetrics
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
    .flatMap(({ name, unit = '', sum, gauge, histogram }) =>
      [...(sum?.dataPoints ?? []), ...(gauge?.dataPoints ?? []), ...(histogram?.dataPoints ?? [])].map(
        (point) => ({
          metric: name,
          unit,
          attributes: attributesOf(point.attributes),
          value: Number(point.asInt ?? point.asDouble ?? point.sum ?? Number.NaN),
          count: point.count === undefined ? undefined : Number(point.count),
        }),
      ),
    );

function attributesOf(pairs: readonly KeyValue[] = []): Attributes {
  return Object.fromEntries(
    pairs.map(({ key, value }) => [
      key,
      'intValue' in value ? Number(value.intValue) : (Object.values(value)[0] ?? ''),
    ]),
  );
}
