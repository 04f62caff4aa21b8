// Owns damaged files before the readers: cut, with bits turned, with pieces gone, twice, or moved. A reader says what is wrong
// with which file, or gives what another reader finds in it.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readCsv, readNdjson, readParquet } from '@tailrace/adapters/sources';
import {
  bool,
  defineSchema,
  float64,
  fromIterable,
  int32,
  int64,
  none,
  nullable,
  pipeline,
  type RowOfColumns,
  type Source,
  timestamp,
  utf8,
} from '@tailrace/core';
import fc from 'fast-check';
import { canon } from './canon.js';
import { type Format, formats, readBack } from './read-back.js';
import { contentOf, type Scene } from './scene.js';
import { sinkOf } from './target.js';
import type { Trial } from './trial.js';
import { type CanonRow, judgeRefusal, Problem } from './verdict.js';

const columns = {
  n: int32(),
  big: int64(),
  ratio: nullable(float64()),
  flag: bool(),
  at: timestamp('ms'),
  text: nullable(utf8()),
};
const schema = defineSchema(columns);
type Row = RowOfColumns<typeof columns>;
const rowCount = 40;

function* rows(): Generator<Row> {
  for (let n = 0; n < rowCount; n += 1) {
    yield {
      n,
      big: BigInt(n) * 1_000_003n,
      ratio: n % 7 === 0 ? null : n / 4,
      flag: n % 3 === 0,
      at: new Date(n * 86_399_000),
      text: n % 5 === 0 ? null : `row ${n}, "quoted" ä`,
    };
  }
}

const variants = {
  parquet: [{}, { compression: 'none' }, { compression: 'zstd', rowGroupRows: 16 }],
  csv: [{}, { lineEnding: 'crlf' }, { compression: 'gzip' }],
  ndjson: [{}, { compression: 'gzip' }],
} as const;

interface Damage {
  readonly shown: string;
  /** Positions are shares of the length. */
  apply(bytes: Buffer): Buffer;
}

const share = fc.double({ min: 0, max: 1, noNaN: true });
/** The end of a file is where most of its meaning is. */
const place = fc.oneof(
  share,
  share.map((part) => 1 - part * 0.1),
);
const at = (bytes: Buffer, part: number): number =>
  Math.min(bytes.length - 1, Math.floor(part * bytes.length));

const damage: fc.Arbitrary<Damage> = fc.oneof(
  place.map((end) => ({
    shown: `cut at ${end}`,
    apply: (bytes: Buffer) => bytes.subarray(0, at(bytes, end)),
  })),
  fc.array(fc.tuple(place, fc.nat(7)), { minLength: 1, maxLength: 4 }).map((flips) => ({
    shown: `bits turned at ${flips.map(([part, bit]) => `${part}.${bit}`).join(', ')}`,
    apply: (bytes: Buffer) => {
      const damaged = Buffer.from(bytes);
      for (const [part, bit] of flips)
        damaged[at(bytes, part)] = (damaged[at(bytes, part)] ?? 0) ^ (1 << bit);
      return damaged;
    },
  })),
  fc.tuple(place, fc.integer({ min: 1, max: 64 })).map(([from, length]) => ({
    shown: `${length} bytes gone at ${from}`,
    apply: (bytes: Buffer) =>
      Buffer.concat([bytes.subarray(0, at(bytes, from)), bytes.subarray(at(bytes, from) + length)]),
  })),
  fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 16 })).map(([from, more]) => ({
    shown: `${more.length} bytes more at ${from}`,
    apply: (bytes: Buffer) =>
      Buffer.concat([bytes.subarray(0, at(bytes, from)), more, bytes.subarray(at(bytes, from))]),
  })),
  fc.tuple(place, fc.integer({ min: 1, max: 64 })).map(([from, length]) => ({
    shown: `${length} bytes of zero at ${from}`,
    apply: (bytes: Buffer) => {
      const damaged = Buffer.from(bytes);
      damaged.fill(0, at(bytes, from), Math.min(bytes.length, at(bytes, from) + length));
      return damaged;
    },
  })),
);

const extensionOf = (format: Format, options: object): string =>
  `${format}${'compression' in options && options.compression === 'gzip' ? '.gz' : ''}`;

/** The file before it is damaged, made once. */
async function whole(scene: Scene, format: Format, variant: number): Promise<string> {
  const options = variants[format][variant % variants[format].length] ?? {};
  const name = `whole.${extensionOf(format, options)}`;
  const dir = await scene.fresh();
  await scene.before(`${format} ${variant}`, dir, async (place) => {
    await pipeline('whole', (flow) => {
      const source = flow.source('rows', fromIterable(rows), { schema });
      flow.write('output', source, sinkOf(format, join(place, name), options));
    }).run({ workers: 0 }).completed;
  });
  return join(dir, name);
}

function sourceOf(format: Format, path: string): Source<Row> {
  if (format === 'parquet') return readParquet(path, { schema });
  return format === 'csv' ? readCsv(path, { schema }) : readNdjson(path, { schema });
}

/** What the product reads, in texts. */
async function read(source: Source<Row>): Promise<readonly CanonRow[]> {
  const found: CanonRow[] = [];
  for await (const chunk of source.open(new AbortController().signal)) {
    for (const row of chunk) {
      const values = new Map(Object.entries(row));
      found.push(
        new Map(schema.fields.map(({ name, type }) => [name, canon(type, values.get(name)) ?? null])),
      );
    }
  }
  return found;
}

const textOf = (found: readonly CanonRow[]): string =>
  found.map((row) => JSON.stringify([...row])).join('\n');

/** Compares with another reader where that reads the file at all; our readers may be the stricter ones, never the laxer. */
async function compare(format: Format, path: string, found: readonly CanonRow[]): Promise<boolean> {
  let other: readonly CanonRow[];
  try {
    other = await readBack(format, path, false, schema);
  } catch {
    return false;
  }
  const ours = textOf(found);
  const theirs = textOf(
    other.map((row) => new Map(schema.fields.map(({ name }) => [name, row.get(name) ?? null]))),
  );
  if (ours !== theirs)
    throw new Problem('altered', `reads otherwise: ${ours.slice(0, 200)} / ${theirs.slice(0, 200)}`);
  return true;
}

export const damagedFiles: fc.Arbitrary<Trial> = fc
  .record({
    format: fc.constantFrom(...formats, 'parquet' as const),
    variant: fc.nat(2),
    damage,
    isRun: fc.integer({ min: 0, max: 5 }),
  })
  .map(({ format, variant, damage: hurt, isRun }) => ({
    boundary: 'damaged files',
    shown: `${format} ${variant}: ${hurt.shown}${isRun === 0 ? ', through a run' : ''}`,
    isRun: isRun === 0,
    async judge(scene) {
      const path = await whole(scene, format, variant);
      await writeFile(path, hurt.apply(await readFile(path)));
      if (isRun === 0) return throughRun(scene, format, path);
      let found: readonly CanonRow[];
      try {
        found = await read(sourceOf(format, path));
      } catch (error) {
        judgeRefusal(error, [path]);
        return false;
      }
      if (!path.endsWith('.gz')) await compare(format, path, found);
      return true;
    },
  }));

async function throughRun(scene: Scene, format: Format, path: string): Promise<boolean> {
  const dir = await scene.fresh();
  const target = join(dir, 'copy.ndjson');
  let source: Source<Row>;
  try {
    source = sourceOf(format, path);
    await pipeline('copy', (flow) => {
      flow.write('output', flow.source('rows', source), sinkOf('ndjson', target, {}), { retry: none() });
    }).run({ workers: 0, memory: '32MiB' }).completed;
  } catch (error) {
    judgeRefusal(error, [path, 'bigint: ', 'Row ']);
    if ((await contentOf(dir)) !== '')
      throw new Problem('halfVisible', `refused, and there is ${await contentOf(dir)}`);
    return false;
  }
  const given = textOf(await read(sourceOf(format, path)));
  const written = textOf(await readBack('ndjson', target, false, schema));
  if (given !== written) throw new Problem('altered', `the copy holds ${written.slice(0, 300)}`);
  return true;
}
