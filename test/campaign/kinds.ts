// Owns the ways in which an output can be published, one small output for each, and what a reader must find afterwards.
import {
  defineSchema,
  exponential,
  fromIterable,
  int32,
  none,
  type Pipeline,
  pipeline,
  type Run,
  type Schema,
  type Sink,
  utf8,
} from '@tailrace/core';
import { csv, ndjson, parquet } from '@tailrace/writers';

export const kinds = [
  'new-directory',
  'swap',
  'append',
  'partitions',
  'generations',
  'generations-append',
  'new-file',
  'file',
  // Several outputs that commit together; see groups.ts.
  'group',
] as const;
/** `generations-adopted`: version 1 is a plain directory, which the others adopt. In histories only. */
export type Kind = (typeof kinds)[number] | 'generations-adopted';

/** Of a group, in the order in which they become visible. */
export const memberKinds = ['swap', 'append', 'file'] as const;

/** Rows of one version: a third in each of three partitions. */
export const rowsOfVersion = 240;
const parts = ['p0', 'p1', 'p2'];

export interface Row {
  readonly n: number;
  readonly version: number;
  readonly part: string;
  readonly text: string;
}

export interface WriteJob {
  readonly dir: string;
  readonly kind: Kind;
  /** 1 or more; the rows bear it. */
  readonly version: number;
  /** Where in `dir`; default `target`. */
  readonly name?: string | undefined;
  /** Format of a directory; by default each kind has its own. */
  readonly format?: 'ndjson' | undefined;
  /** Threads; default 1. */
  readonly workers?: number | undefined;
  /** Attempts for each write and commit; default 1. */
  readonly attempts?: number | undefined;
}

export const isFile = (kind: Kind): boolean => kind === 'file' || kind === 'new-file';
/** There is nothing before it, and nothing may be. */
export const isNew = (kind: Kind): boolean => kind === 'new-file' || kind === 'new-directory';
export const isGrowing = (kind: Kind): boolean => kind === 'append' || kind === 'generations-append';
/** Replacing takes two renames, between which the path is absent. */
export const isSwapped = (kind: Kind): boolean => ['swap', 'append', 'partitions'].includes(kind);
/** So does adopting, before the link is made. */
export const mayBeAbsent = (kind: Kind): boolean => isSwapped(kind) || kind === 'generations-adopted';

export const targetPath = ({ dir, kind, name = 'target' }: Pick<WriteJob, 'dir' | 'kind' | 'name'>): string =>
  `${dir}/${name}${isFile(kind) ? '.ndjson' : ''}`;

/** The outputs of a job: of a group several, each of another kind, else the job itself. */
export function membersOf<T extends Pick<WriteJob, 'kind' | 'name'>>(job: T): readonly T[] {
  if (job.kind !== 'group') return [job];
  return memberKinds.map((kind) => ({ ...job, kind, name: `${job.name ?? 'target'}-${kind}` }));
}

export function sinkOf(job: WriteJob): Sink<Row> {
  const path = targetPath(job);
  const directory = job.format === 'ndjson' ? ndjson : undefined;
  switch (job.kind) {
    case 'new-directory':
      return (directory ?? parquet)(path, { partitionBy: ['part'] });
    case 'swap':
      return (directory ?? parquet)(path, { mode: 'overwrite', partitionBy: ['part'] });
    case 'append':
      return (directory ?? csv)(path, { mode: 'append' });
    case 'partitions':
      return (directory ?? parquet)(path, { mode: 'overwritePartitions', partitionBy: ['part'] });
    case 'generations':
      return (directory ?? parquet)(path, { mode: 'overwrite', publish: 'generations' });
    case 'generations-adopted':
      if (job.version === 1) return (directory ?? parquet)(path);
      return (directory ?? parquet)(path, { mode: 'overwrite', publish: 'generations', adopt: true });
    case 'generations-append':
      return (directory ?? csv)(path, { mode: 'append', publish: 'generations' });
    case 'new-file':
      return ndjson(path);
    case 'file':
      return ndjson(path, { mode: 'overwrite' });
    case 'group':
      throw new Error('A group has several sinks.');
  }
}

export function* rowsOf({ kind, version }: WriteJob): Generator<Row> {
  for (let n = 0; n < rowsOfVersion; n += 1) {
    const part = parts[n % 3] ?? 'p0';
    if (holdsPart(kind, version, part)) yield { n, version, part, text: `v${version}-${n}` };
  }
}

/** A later version replaces two of three partitions. */
function holdsPart(kind: Kind, version: number, part: string): boolean {
  return kind !== 'partitions' || version === 1 || part !== 'p2';
}

export const rowSchema: Schema<Row> = defineSchema({
  n: int32(),
  version: int32(),
  part: utf8(),
  text: utf8(),
});

/** The pipeline that writes one version. */
export function writing(job: WriteJob): Pipeline {
  const schema = rowSchema;
  const retry =
    job.attempts === undefined || job.attempts === 1
      ? none()
      : exponential({ attempts: job.attempts, baseMs: 1, capMs: 2 });
  return pipeline('campaign', (flow) => {
    const rows = flow.source(
      'rows',
      fromIterable(() => rowsOf(job)),
      { schema, batchRows: 64 },
    );
    const [first, second, ...more] = membersOf(job).map((member, index) =>
      flow.write(
        index === 0 ? 'target' : `target${index}`,
        rows,
        sinkOf(member),
        isFile(member.kind) ? { retry } : { retry, writeRows: 128 },
      ),
    );
    if (first !== undefined && second !== undefined) flow.commitGroup('together', [first, second, ...more]);
  });
}

/** Writes one version and resolves once it is done. Rejects with the AggregateError of the run. */
export async function write(job: WriteJob): Promise<void> {
  await start(job).completed;
}

export const start = (job: WriteJob): Run => writing(job).run({ workers: job.workers ?? 1 });

/** What a reader finds when exactly these versions were written, in this order: `p0:1+2 p1:1+2 p2:1+2`, or `absent`. */
export function stateOf(kind: Kind, versions: readonly number[]): string {
  if (kind === 'group') return memberKinds.map((member) => stateOf(member, versions)).join(' | ');
  if (versions.length === 0) return 'absent';
  const inPart = (part: string): readonly number[] => {
    const holding = versions.filter((version) => holdsPart(kind, version, part));
    return isGrowing(kind) ? holding.toSorted((a, b) => a - b) : holding.slice(-1);
  };
  const found = parts.map((part) => ({ part, versions: inPart(part) }));
  return found
    .filter(({ versions }) => versions.length > 0)
    .map(({ part, versions }) => `${part}:${versions.join('+')}`)
    .join(' ');
}

export const rowsInPart: number = rowsOfVersion / parts.length;
