// That the types of this folder describe the messages of the descriptors: what is written is read back, field by field.
import { describe, expect, it } from 'vitest';
import { col, lit } from '../column/column.js';
import { window } from '../column/window.js';
import { DataFrame } from '../frame/data-frame.js';
import type { Engine } from '../frame/engine.js';
import { createKeptPlans } from '../frame/kept-plans.js';
import { createFrameReader } from '../frame/reader.js';
import { storageLevel } from '../frame/storage-level.js';
import { type FrameWriteOptions, writePlan } from '../frame/writer.js';
import * as F from '../functions/index.js';
import { planDoing, planOf } from './command.js';
import type { Relation } from './relation.js';
import { loadService } from './service.js';

let ids = 0n;
const newId = (): bigint => {
  ids += 1n;
  return ids;
};
const engine: Engine = {
  isAway: false,
  server: '127.0.0.1:15002',
  newId,
  relation: (name, value) => ({
    common: { planId: newId() },
    relType: { case: name, value } as Relation['relType'],
  }),
  execute: () => {
    throw new Error('Nothing is executed here.');
  },
  analyze: () => {
    throw new Error('Nothing is analysed here.');
  },
  sessionId: 's',
  maxBatchBytes: 1,
  kept: createKeptPlans(),
  track: () => {},
  warn: () => {},
  maxCollectBytes: 1,
};
const read = createFrameReader(engine);
const range = new DataFrame(
  engine,
  engine.relation('range', { start: 0n, end: 9n, step: 2n, numPartitions: 3 }),
);
const files = read.csv(['/a', '/b'], { schema: 'a INT', options: { header: true } });

const frames: Readonly<Record<string, DataFrame<object>>> = {
  range,
  files,
  table: read.table('t', { options: { a: 1 } }),
  sql: new DataFrame(
    engine,
    engine.relation('sql', {
      query: 'q',
      posArguments: [lit(1).expression],
      namedArguments: { a: lit('x').expression },
    }),
  ),
  local: new DataFrame(
    engine,
    engine.relation('localRelation', { data: Uint8Array.of(1, 2, 3), schema: 'a INT' }),
  ),
  select: range.select({
    a: col('id').as('x'),
    b: lit(1.5),
    c: lit(null),
    d: lit(new Date(5)),
    e: lit(Uint8Array.of(1)),
  }),
  withColumns: range.withColumns({ a: col('id').cast('string'), b: col('id').tryCast('int') }),
  renamed: range.withColumnsRenamed({ id: 'x' }).toDF('y'),
  drop: range.drop('a', col('b')),
  filter: range.filter(col('id').gt(5_000_000_000).and(range.col('id').isin(1n, 2))),
  distinct: range.distinct().dropDuplicates('id'),
  limits: range.limit(3).offset(1).tail(2),
  sample: range.sample(0.5, 7, true),
  sort: range.orderBy(col('id').desc(), 'id').sortWithinPartitions(col('id').ascNullsLast()),
  grouped: range
    .groupBy('id')
    .pivot('id', [1, 'a'])
    .agg({ s: F.sumDistinct('id'), c: F.countDistinct('id') }),
  rollup: range.rollup('id').agg(F.max('id')),
  cube: range.cube('id').count(),
  join: range.join(files, range.col('id').eq(col('a')), 'leftAnti').join(range, ['id']),
  cross: range.crossJoin(files),
  sets: range
    .union(range)
    .intersect(range)
    .except(range, { all: true })
    .unionByName(files, { allowMissingColumns: true }),
  partitions: range.repartition(3).repartition(2, 'id').coalesce(1),
  alias: range.as('a').hint('rebalance', 3, 'id'),
  unpivot: range.unpivot(['a'], ['b', 'c'], 'what', 'value'),
  missing: range.missing
    .fill(0, 'id')
    .missing.fillEach({ a: 'x' })
    .missing.drop({ columns: ['a'], atLeast: 1 })
    .missing.replace([[1, 2]], 'id'),
  statistics: range.statistics.summary('count').statistics.describe('id').statistics.crosstab('a', 'b'),
  window: range.select({
    a: F.sum('id').over(window.partitionBy('id').orderBy('id').rowsBetween(-1, 'unbounded')),
    b: F.lag('id', 2).over(window.orderBy('id').rangeBetween('unbounded', 'current')),
  }),
  nested: range.select({
    a: col('s').getField('x'),
    b: col('s').withField('y', 1).dropFields('z'),
    c: F.transform('l', (x) => F.filter('m', (y) => y.gt(x))),
    d: F.expr('a + 1'),
    e: F.callFunction('f', 'text'),
    f: col('t.*'),
  }),
};

const writes: Readonly<Record<string, FrameWriteOptions>> = {
  plain: {},
  whole: {
    mode: 'overwrite',
    partitionBy: ['a'],
    bucketBy: { columns: ['b'], buckets: 4, sortBy: ['c'] },
    options: { compression: 'zstd', header: false },
  },
};

const session = {
  sessionId: 's',
  userContext: { userId: 'u', userName: 'n' },
  clientType: 'c',
  clientObservedServerSideSessionId: 'x',
};

describe('a request', () => {
  it.each(Object.keys(frames))('with the plan %s arrives whole', async (name) => {
    const { request } = (await loadService()).call('AnalyzePlan');
    const plan = planOf(frames[name]?.relation as Relation);
    const sent = { ...session, analyze: { case: 'schema', value: { plan } } } as const;
    expect(request.decode(Uint8Array.from(request.encode(sent)))).toMatchObject(sent);
  });

  it.each(Object.keys(writes))('to write with %s options arrives whole', async (name) => {
    const { request } = (await loadService()).call('ExecutePlan');
    const target = { source: 'parquet', saveType: { case: 'path', value: '/out' } } as const;
    const value = writePlan(range.relation, target, writes[name] ?? {});
    const sent = {
      ...session,
      operationId: 'o',
      tags: ['t'],
      plan: planDoing({ case: 'writeOperation', value }),
      requestOptions: [
        { requestOption: { case: 'reattachOptions', value: { reattachable: true } } },
        {
          requestOption: {
            case: 'resultChunkingOptions',
            value: { allowArrowBatchChunking: true, preferredArrowChunkSize: 7n },
          },
        },
      ],
    } as const;
    expect(request.decode(Uint8Array.from(request.encode(sent)))).toMatchObject(sent);
  });

  it.each([
    { case: 'persist', value: { relation: range.relation, storageLevel: storageLevel('OFF_HEAP') } },
    { case: 'unpersist', value: { relation: range.relation, blocking: true } },
    { case: 'getStorageLevel', value: { relation: range.relation } },
    { case: 'explain', value: { plan: planOf(range.relation), explainMode: 5 } },
  ] as const)('to $case arrives whole', async (analyze) => {
    const { request } = (await loadService()).call('AnalyzePlan');
    const sent = { ...session, analyze };
    expect(request.decode(Uint8Array.from(request.encode(sent)))).toMatchObject(sent);
  });

  it.each([
    {
      case: 'checkpointCommand',
      value: { relation: range.relation, local: true, eager: true, storageLevel: storageLevel('DISK_ONLY') },
    },
    { case: 'removeCachedRemoteRelationCommand', value: { relation: { relationId: 'r' } } },
    {
      case: 'createDataframeView',
      value: { input: range.relation, name: 'v', isGlobal: true, replace: true },
    },
    { case: 'sqlCommand', value: { input: range.relation } },
  ] as const)('with the command $case arrives whole', async (command) => {
    const { request } = (await loadService()).call('ExecutePlan');
    const sent = { ...session, operationId: 'o', tags: [], requestOptions: [], plan: planDoing(command) };
    expect(request.decode(Uint8Array.from(request.encode(sent)))).toMatchObject(sent);
  });
});
