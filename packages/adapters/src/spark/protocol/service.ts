// Owns the calls of the Spark Connect service: what goes in, what comes out, and how both become bytes. The messages are those of
// the descriptors that the build took from Spark's published package.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { DescMessage, Message } from '@bufbuild/protobuf';
import { TailraceError } from '@tailrace/core';
import { loadPeer } from './peers.js';
import type * as In from './requests.js';
import type * as Out from './responses.js';

/** Which calls there are. A stream gives any number of responses. */
interface Calls {
  readonly AnalyzePlan: [In.AnalyzePlanRequest, Out.AnalyzePlanResponse];
  readonly Config: [In.ConfigRequest, Out.ConfigResponse];
  readonly ExecutePlan: [In.ExecutePlanRequest, Out.ExecutePlanResponse];
  readonly FetchErrorDetails: [In.FetchErrorDetailsRequest, Out.FetchErrorDetailsResponse];
  readonly Interrupt: [In.InterruptRequest, Out.InterruptResponse];
  readonly ReattachExecute: [In.ReattachExecuteRequest, Out.ExecutePlanResponse];
  readonly ReleaseExecute: [In.ReleaseExecuteRequest, Out.ReleaseExecuteResponse];
  readonly ReleaseSession: [In.ReleaseSessionRequest, Out.ReleaseSessionResponse];
}

export type CallName = keyof Calls;
export type RequestOf<N extends CallName> = Calls[N][0];
export type ResponseOf<N extends CallName> = Calls[N][1];
export type StreamName = 'ExecutePlan' | 'ReattachExecute';
export type UnaryName = Exclude<CallName, StreamName>;

/** A message of one type as bytes and back. Fields that are not known here are left out on the way in. */
export interface Codec<T> {
  encode(message: T): Buffer;
  decode(bytes: Uint8Array): T;
}

export interface Call<N extends CallName> {
  /** As HTTP/2 names it: `/spark.connect.SparkConnectService/Config`. */
  readonly path: string;
  readonly request: Codec<RequestOf<N>>;
  readonly response: Codec<ResponseOf<N>>;
}

export interface Service {
  call<N extends CallName>(name: N): Call<N>;
}

const serviceName = 'spark.connect.SparkConnectService';
const { resolve } = createRequire(import.meta.url);
let loaded: Promise<Service> | undefined;

/** The service; its descriptors are read and linked once, which takes about 0.2 s. */
export function loadService(): Promise<Service> {
  loaded ??= link();
  return loaded;
}

async function link(): Promise<Service> {
  const protobuf = await loadPeer('@bufbuild/protobuf', () => import('@bufbuild/protobuf'));
  const { FileDescriptorSetSchema } = await import('@bufbuild/protobuf/wkt');
  const set = protobuf.fromBinary(FileDescriptorSetSchema, await readDescriptors());
  const service = protobuf.createFileRegistry(set).getService(serviceName);
  if (service === undefined) throw unusable(`they hold no service ${serviceName}`);
  // The types of this folder describe the same messages as the descriptors do: tests compare them field by field, since
  // @bufbuild/protobuf leaves out what a descriptor does not have.
  const codec = <T>(type: DescMessage): Codec<T> => ({
    encode: (message) => Buffer.from(protobuf.toBinary(type, protobuf.create(type, message as Message))),
    decode: (bytes) => protobuf.fromBinary(type, bytes, { readUnknownFields: false }) as T,
  });
  return {
    call: (name) => {
      const method = service.methods.find((one) => one.name === name);
      if (method === undefined) throw unusable(`their service has no call ${name}`);
      return {
        path: `/${serviceName}/${name}`,
        request: codec(method.input),
        response: codec(method.output),
      };
    },
  };
}

async function readDescriptors(): Promise<Buffer> {
  try {
    return await readFile(resolve('#spark-descriptors'));
  } catch (error) {
    throw unusable('the file is missing', error);
  }
}

function unusable(problem: string, cause?: unknown): TailraceError {
  return new TailraceError(
    `The descriptors of Spark Connect that belong to @tailrace/adapters cannot be used: ${problem}. Install the package ` +
      `anew; in its repository, 'npm run build:spark' puts them there, with Python 3 and pip.`,
    { code: 'MODULE_INVALID', operation: 'load spark connect', cause },
  );
}
