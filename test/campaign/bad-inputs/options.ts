// Owns bad options of a run and of what is in it: sinks, stages, outputs. What is accepted must then write its rows.
import fc from 'fast-check';
import { bad, namesOf } from './bad-options.js';
import { formats } from './read-back.js';
import { judgeRun, type Target } from './target.js';
import type { Trial } from './trial.js';
import type { Value } from './values.js';

const fileOptions = [
  'mode',
  'publish',
  'adopt',
  'takeOver',
  'partitionBy',
  'single',
  'maxPartRows',
  'maxPartBytes',
  'maxOpenPartitions',
  'maxPartitions',
  'partitionBufferBytes',
  'store',
  'reserveBytes',
  'compression',
] as const;
const sinkOptions = {
  parquet: [...fileOptions, 'rowGroupRows', 'encodings', 'engine'],
  csv: [...fileOptions, 'delimiter', 'header', 'nullText', 'lineEnding', 'formulaGuard', 'compressionLevel'],
  ndjson: [...fileOptions, 'bigint', 'nonFinite', 'compressionLevel'],
} as const;
const runOptions = {
  stage: ['schema', 'overflow', 'batchRows', 'batchBytes'],
  write: [
    'retry',
    'timeoutMs',
    'stallMs',
    'slow',
    'writeRows',
    'writeBytes',
    'retryBudget',
    'onDiskFull',
    'diskFullTimeoutMs',
  ],
  run: [
    'workers',
    'memory',
    'scratchDir',
    'failFast',
    'signal',
    'durable',
    'inspect',
    'freeze',
    'stallMs',
    'openPerWorker',
    'graceMs',
    'unresponsiveMs',
    'workerMemory',
    'maxRestarts',
    'retryBudget',
  ],
} as const;

const items = [
  { n: 1, text: 'a' },
  { n: 2, text: 'b' },
];
const columns = {
  fields: [
    { name: 'n', type: { kind: 'float64' }, nullable: true },
    { name: 'text', type: { kind: 'utf8' }, nullable: true },
  ],
} as const;

const written = (
  shown: string,
  target: Target,
  name: string,
  value: Value,
  place: 'sink' | 'stage' | 'write' | 'run',
): Trial => ({
  boundary: 'options of runs',
  shown: `${shown} ${name}: ${value.shown}`,
  isRun: true,
  judge: (scene) =>
    judgeRun(scene, {
      target,
      items,
      schema: undefined,
      columns,
      mustFit: false,
      names: namesOf(name),
      [place]: { [name]: value.make() },
    }),
});

const targetOf = (format: Target['format'], isDirectory: boolean): Target => ({
  format,
  isDirectory,
  isReplacing: false,
  way: 'run',
});

export const optionsOfRuns: fc.Arbitrary<Trial> = fc.oneof(
  fc
    .constantFrom(...formats)
    .chain((format) =>
      fc.tuple(fc.constant(format), fc.boolean(), fc.constantFrom(...sinkOptions[format]), bad),
    )
    .map(([format, isDirectory, name, value]) =>
      written(format, targetOf(format, isDirectory), name, value, 'sink'),
    ),
  fc
    .constantFrom('stage' as const, 'write' as const, 'run' as const)
    .chain((place) => fc.tuple(fc.constant(place), fc.constantFrom(...runOptions[place], 'colour'), bad))
    .map(([place, name, value]) => written(place, targetOf('ndjson', true), name, value, place)),
);
