// Owns a fake server that persists, counts and writes: its writes end as a test says. It executes nothing again under an id that it
// has had. For tests alone.
import { status } from '@grpc/grpc-js';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { storageLevel } from '../frame/storage-level.js';
import { saveModes } from '../protocol/command.js';
import type { Relation } from '../protocol/relation.js';
import type { RequestOf, ResponseOf } from '../protocol/service.js';
import { FakeFailure, type FakeServer, type FakeStream, fakeSession, startFake } from './fake-server.js';
import { statusBytes } from './status-bytes.js';

type Analysis = RequestOf<'AnalyzePlan'>['analyze'];

export interface FakeSparkHandlers {
  /** What it calls a session that is asked of; throws a failure where it has lost it. Default: as it calls every one. */
  nameOf?(sessionId: string): string;
  /** Whether something stands at the paths that are asked for. Default false. */
  stands?(): boolean;
  /** Whether it keeps a plan that was persisted when it is asked for under other ids. Default true. */
  isFoundAgain?(): boolean;
  /** Ends a write to files. Default: it is complete at once. */
  write?(stream: FakeStream, path: string, input: Relation): void;
  /** Ends a computation of every row. Default: it is complete at once. */
  noop?(stream: FakeStream): void;
  /** Ends the request to stop an execution: throws a failure, or nothing. */
  interrupt?(): void;
  /** What is waited for before an answer. */
  persist?(): Promise<void>;
  unpersist?(): Promise<void>;
}

export interface FakeSpark extends FakeServer {
  /** What it was asked to do, in order: `persist`, `count`, `noop`, `write /out overwrite`, `unpersist`. */
  readonly done: readonly string[];
  /** Resolves when it has been asked to do something that begins so. */
  untilDone(what: string): Promise<void>;
}

export const refused = (errorClass: string) => ({
  code: status.INTERNAL,
  message: `[${errorClass}] No.`,
  details: statusBytes({ errorClass }),
});

/** What a stream says while its work goes on. */
export const atWork = { case: 'executionProgress', value: { stages: [], numInflightTasks: 1n } } as const;

const nameOfMode = (mode: number): string =>
  Object.entries(saveModes).find(([, number]) => number === mode)?.[0] ?? String(mode);

export async function startFakeSpark(handlers: FakeSparkHandlers = {}): Promise<FakeSpark> {
  const done: string[] = [];
  const writes = new Set<string>();
  const known = new Set<string>();
  const waiting: { readonly what: string; readonly resolve: () => void }[] = [];
  const note = (what: string): void => {
    done.push(what);
    for (const one of waiting) if (what.startsWith(one.what)) one.resolve();
  };
  const answer = async (analyze: Analysis): Promise<ResponseOf<'AnalyzePlan'>['result']> => {
    switch (analyze.case) {
      case 'unpersist':
        note('unpersist');
        await handlers.unpersist?.();
        return { case: analyze.case, value: {} };
      case 'persist':
        note('persist');
        await handlers.persist?.();
        return { case: analyze.case, value: {} };
      case 'getStorageLevel':
        if (handlers.isFoundAgain?.() === false) return { case: analyze.case, value: {} };
        return { case: analyze.case, value: { storageLevel: storageLevel('MEMORY_AND_DISK') } };
      case 'schema':
        if (handlers.stands?.() !== true) throw new FakeFailure(refused('PATH_NOT_FOUND'));
        return { case: analyze.case, value: {} };
      case 'inputFiles':
        throw new FakeFailure(refused('PATH_NOT_FOUND'));
      default:
        return { case: 'sparkVersion', value: { version: '4.3.0' } };
    }
  };
  const fake = await startFake({
    AnalyzePlan: async ({ analyze, sessionId }) => ({
      serverSideSessionId: handlers.nameOf?.(sessionId) ?? fakeSession.serverSideSessionId,
      result: await answer(analyze),
    }),
    Interrupt: () => {
      handlers.interrupt?.();
      return { ...fakeSession, interruptedIds: [] };
    },
    ReleaseExecute: ({ operationId }) => {
      if (writes.has(operationId)) note('release write');
      return fakeSession;
    },
    ExecutePlan: ({ plan, operationId }, stream) => {
      if (known.has(operationId)) return stream.fail(refused('INVALID_HANDLE.OPERATION_ALREADY_EXISTS'));
      known.add(operationId);
      if (plan.opType.case === 'command') {
        const { commandType } = plan.opType.value;
        if (commandType.case !== 'writeOperation') return stream.complete();
        const { source, mode, saveType, input } = commandType.value;
        if (source === 'noop') {
          note('noop');
          return handlers.noop === undefined ? stream.complete() : handlers.noop(stream);
        }
        writes.add(operationId);
        const path = saveType?.case === 'path' ? saveType.value : '';
        note(`write ${path} ${nameOfMode(mode)}`);
        return handlers.write === undefined ? stream.complete() : handlers.write(stream, path, input);
      }
      note('count');
      const data = tableToIPC(tableFromArrays({ count: BigInt64Array.of(3n) }), 'stream');
      stream.send('rows', { case: 'arrowBatch', value: { rowCount: 1n, data } });
      stream.complete();
    },
    ReattachExecute: (_request, stream) => stream.fail(refused('INVALID_HANDLE.OPERATION_NOT_FOUND')),
  });
  return {
    ...fake,
    done,
    untilDone: (what) =>
      done.some((one) => one.startsWith(what))
        ? Promise.resolve()
        : new Promise((resolve) => waiting.push({ what, resolve })),
  };
}
