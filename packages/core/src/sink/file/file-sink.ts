// Owns the declaration of a file sink, format x store: checks the options and turns them into plain data.
import { checkKinds, shownOption } from '../../errors/check-options.js';
import { checkPartitionColumn } from '../../partition/escape.js';
import { isModuleRef, type ModuleRef, moduleRef } from '../module-ref.js';
import type { PublishWay, ReplacedFile, Sink, WriteMode } from '../sink.js';
import { builtInModule, localStore } from './built-in-module.js';
import { type FilePlace, placeOf } from './file-place.js';
import { defaultSizes } from './lean-sizes.js';
import { keptOf, publishOf } from './publish-options.js';
import type { FileSinkSettings } from './settings.js';
import { singleFileProblem } from './single-file.js';
import { bytesOr, refuse, wholeOr } from './sink-options.js';
import { awaitedStore, awaitStore, isStoreOfScheme, resizable } from './store-of-scheme.js';

/** Options that every format takes beside its own. `R` is the row type: partition columns are checked against it. */
export interface FileSinkOptions<R> {
  /**
   * What to do when the target exists. Default `error`. `overwritePartitions` needs `partitionBy`: it replaces the partitions
   * that the output writes and keeps all others, in one commit; an output without rows replaces nothing.
   */
  readonly mode?: WriteMode | undefined;
  /**
   * How a directory becomes visible, on local files. Default `swap`: a plain directory; while one is replaced the path is
   * absent for microseconds. `generations`: a link to the newest of immutable directories in `.<name>.gen` beside it, never
   * absent; replaced ones stay for a while: see `keepGenerations`.
   */
  readonly publish?: PublishWay | undefined;
  /**
   * With `publish: 'generations'`: how many of the newest generations always stay, the one that the path leads to included: `5`.
   * Default 2, for readers that have resolved the path. Of the others, and of what only they hold, each commit removes those
   * that are older than `keepGenerationsMs`; by the options of its own output.
   */
  readonly keepGenerations?: number | undefined;
  /**
   * With `publish: 'generations'`: how long any generation stays once the next one has come, in milliseconds: `0` for not at
   * all. Default 3,600,000. A resumed job finds what it has published only while it is there, or what was appended to it.
   */
  readonly keepGenerationsMs?: number | undefined;
  /** With `publish: 'generations'`: a plain directory at the path becomes the first generation. Default false: it is refused. */
  readonly adopt?: boolean | undefined;
  /**
   * Counts what other runs have left beside the target as dead also where nothing can be known of them, because they ran on
   * another machine or in another container, and repairs or removes it. Only for a target that nothing else writes to.
   * Default false: it is left, and the report tells of it.
   */
  readonly takeOver?: boolean | undefined;
  /**
   * With mode `append`: files of the dataset, as its manifest names them, that the new files stand for; they are part of it
   * no more once the new ones are published. Partition by partition, both must hold equally many rows. `compact` writes so.
   */
  readonly replaces?: readonly ReplacedFile[] | undefined;
  /**
   * Columns to split by into directories `column=value`, outermost first: `['year', 'origin_state']`. They are left out
   * of the files. Null and the empty string share `__HIVE_DEFAULT_PARTITION__`, and read back as null.
   */
  readonly partitionBy?: readonly (keyof R & string)[] | undefined;
  /** One file (true) or a directory of parts (false). Default: one file when the last part of the path has an extension. */
  readonly single?: boolean | undefined;
  /**
   * Rows after which a part ends and the next begins. Default: no limit but the write's own. One file has no parts: this and the
   * other options of parts and partitions are refused for it.
   */
  readonly maxPartRows?: number | undefined;
  /**
   * Encoded bytes after which a part ends, as a number or such as `'128MiB'`. Looked at after each batch, so that a part
   * is larger by what one batch encodes to. Default: no limit but the write's own.
   */
  readonly maxPartBytes?: number | string | undefined;
  /**
   * Milliseconds after which a part ends and the next begins, looked at whenever rows come. Parts are seen once the output
   * commits, whenever they ended: this bounds what is lost of one file, not how long readers wait. Default: no limit.
   */
  readonly maxPartAgeMs?: number | undefined;
  /**
   * Encoded bytes below which a part is a crumb. With more partitions than `maxOpenPartitions`, parts that have reached it are
   * finished first, so that crumbs go on growing. What still comes out small, `compact` makes one of. Default `'1MiB'`, or
   * `maxPartBytes` where that is less.
   */
  readonly minPartBytes?: number | string | undefined;
  /**
   * Partition files that one attempt holds open. Beyond it the one used least recently is finished, and later rows of
   * its partition go to a new part. Default 64; on stores that hold a part of each open file in memory until it is sent (S3,
   * Azure Blob) 8, or 4 or 2 where the `memory` of the run holds no more: each takes that much of it.
   */
  readonly maxOpenPartitions?: number | undefined;
  /** Distinct partitions in one write beyond which the output fails. Default 10,000. */
  readonly maxPartitions?: number | undefined;
  /**
   * Memory for partitions beside `reserveBytes`, per open attempt: half of it for rows that wait for their partition's
   * file, half for the encoders of those that are open. More of it makes fewer, larger parts when there are more
   * partitions than `maxOpenPartitions`, and larger row groups. Default `'32MiB'`; on S3 and Azure Blob 16 or 8 MiB where the
   * `memory` of the run holds no more.
   */
  readonly partitionBufferBytes?: number | string | undefined;
  /** Where the bytes land. Default: the local file system; for a URL that of its scheme, among the `stores` of the run. */
  readonly store?: ModuleRef | undefined;
  /**
   * Memory that the format's encoders may hold, per open attempt. It limits what one file gathers before it is written
   * (a Parquet row group): all of it for a sink without partitions; with `partitionBy`, an equal share for each of
   * `maxOpenPartitions` files, half of `partitionBufferBytes` included (by default 384 KiB). Raise it, or lower
   * `maxOpenPartitions`, for larger row groups. Default `'8MiB'`.
   */
  readonly reserveBytes?: number | string | undefined;
}

/** What `fileSink` is given: a format, and the options that every format takes. */
export interface FileSinkInit<R> extends FileSinkOptions<R> {
  /** Short name of the format: `parquet`. */
  readonly name: string;
  /** Module whose default export is made by `defineFormat`, with its options. */
  readonly format: ModuleRef;
}

const operation = 'declare file sink';
const mebibyte = 2 ** 20;
const modes: ReadonlySet<unknown> = new Set<WriteMode>([
  'error',
  'overwrite',
  'overwritePartitions',
  'append',
  'ignore',
]);

/**
 * A sink that writes files: a format's bytes into a store's files. Formats build their factory on it:
 * `parquet(path, options)` is `fileSink(path, { name: 'parquet', format, ...options })`.
 * @param path file or directory, absolute or relative to the working directory of this moment; or a URL that the store
 *   understands. A `/` at its end says directory
 * @throws PlanError for options that contradict each other or are out of range
 */
export function fileSink<R>(path: string, init: FileSinkInit<R>): Sink<R> {
  const place = placeOf(path, init);
  checkKinds(
    `The target ${place.target}`,
    init,
    { partitionBy: 'texts', adopt: 'flag', takeOver: 'flag', single: 'flag' },
    operation,
  );
  const mode = init.mode ?? 'error';
  if (!modes.has(mode)) {
    throw refuse(
      place,
      `the mode ${shownOption(mode)} does not exist; use error, overwrite, overwritePartitions, append or ignore`,
    );
  }
  const partitionBy = [...(init.partitionBy ?? [])];
  checkColumns(place, partitionBy);
  if (place.location.kind === 'file') {
    const problem = singleFileProblem({ ...init, mode, partitionBy });
    if (problem !== undefined) throw refuse(place, problem);
  } else if (mode === 'overwritePartitions' && partitionBy.length === 0) {
    throw refuse(
      place,
      'mode "overwritePartitions" needs partitions. Name their columns in partitionBy, or use overwrite',
    );
  }
  const { scheme } = place.location;
  const make = (store: ModuleRef): Sink<R> => sinkOn(place, init, { mode, partitionBy, store });
  if (init.store !== undefined) return make(init.store);
  return scheme === 'file' ? make(localStore()) : awaitStore(make(awaitedStore(scheme)), make);
}

interface Known {
  readonly mode: WriteMode;
  readonly partitionBy: readonly string[];
  readonly store: ModuleRef;
}

/** On stores it can be made again with less memory, and is still known as what was declared. */
function sinkOn<R>(place: FilePlace, init: FileSinkInit<R>, known: Known): Sink<R> {
  const { store } = known;
  if (!isModuleRef(store) || !isStoreOfScheme(store)) return sinkWith(place, init, known);
  const declared = sinkWith(place, init, known);
  return resizable((leanness) =>
    leanness === 0
      ? declared
      : { ...sinkWith(place, init, known, leanness), identity: declared.module.options },
  );
}

function sinkWith<R>(
  place: FilePlace,
  init: FileSinkInit<R>,
  { mode, partitionBy, store }: Known,
  leanness = 0,
): Sink<R> {
  const publish = publishOf(place, init);
  const sizes = defaultSizes(isModuleRef(store) && isStoreOfScheme(store) ? store : undefined, leanness);
  const { remote } = sizes;

  const partitionBufferBytes = bytesOr(
    init.partitionBufferBytes,
    sizes.partitionBufferBytes,
    'partitionBufferBytes',
  );
  const reserveBytes = bytesOr(init.reserveBytes, 8 * mebibyte, 'reserveBytes');
  const maxOpenPartitions = wholeOr(
    place,
    init.maxOpenPartitions,
    sizes.maxOpenPartitions,
    'maxOpenPartitions',
  );
  const isPartitioned = partitionBy.length > 0;
  const waitingBytes = Math.ceil(partitionBufferBytes / 2);
  const encoderBytes = isPartitioned ? reserveBytes + partitionBufferBytes - waitingBytes : reserveBytes;
  const settings: FileSinkSettings = {
    path: place.location.path,
    kind: place.location.kind,
    mode,
    publish,
    ...keptOf(place, publish, init),
    adopt: init.adopt ?? false,
    takeOver: init.takeOver ?? false,
    replaces: replacesOf(place, mode, init.replaces),
    format: checkedRef(place, 'format', init.format, 'customFormat'),
    store: checkedRef(place, 'store', remote ?? store, 'customStore'),
    partitionBy,
    maxPartRows: wholeOr(place, init.maxPartRows, undefined, 'maxPartRows'),
    maxPartBytes: bytesOr(init.maxPartBytes, undefined, 'maxPartBytes'),
    maxPartAgeMs: wholeOr(place, init.maxPartAgeMs, undefined, 'maxPartAgeMs'),
    minPartBytes: minPartOf(place, init),
    maxOpenPartitions,
    maxPartitions: wholeOr(place, init.maxPartitions, 10_000, 'maxPartitions'),
    waitingBytes,
    maxBufferedBytes: Math.max(1, Math.floor(encoderBytes / (isPartitioned ? maxOpenPartitions : 1))),
  };
  return {
    name: init.name,
    module: moduleRef('fileSink', builtInModule('#file-sink'), settings),
    location: place.location,
    target: place.target,
    single: place.location.kind === 'file',
    requires: partitionBy,
    mode,
    reserveBytes:
      reserveBytes +
      (isPartitioned ? partitionBufferBytes : 0) +
      (remote === undefined
        ? 0
        : remote.bytesInFlight + remote.bytesPerFile * (isPartitioned ? maxOpenPartitions : 1)),
  };
}

function checkColumns(place: FilePlace, partitionBy: readonly string[]): void {
  for (const column of partitionBy) checkPartitionColumn(column);
  const twice = partitionBy.find((column, at) => partitionBy.indexOf(column) !== at);
  if (twice !== undefined) throw refuse(place, `partitionBy names the column "${twice}" twice; name it once`);
}

function replacesOf(
  place: FilePlace,
  mode: WriteMode,
  replaces: readonly ReplacedFile[] | undefined,
): readonly ReplacedFile[] | undefined {
  if (replaces === undefined || replaces.length === 0) return undefined;
  if (mode !== 'append') throw refuse(place, 'replaces goes with mode "append" only');
  return replaces.map(({ path, rows, checksum }) => ({ path, rows, checksum }));
}

function checkedRef(place: FilePlace, option: string, ref: unknown, factory: string): ModuleRef {
  if (isModuleRef(ref)) return moduleRef(factory, ref.url, ref.options);
  throw refuse(
    place,
    `${option} is ${typeof ref === 'function' ? 'a function, which cannot cross to a worker thread' : `a ${typeof ref}`}; ` +
      `put it into a module of its own and write ${factory}(new URL('./my-${option}.js', import.meta.url), { ...options })`,
  );
}

function minPartOf<R>(place: FilePlace, { minPartBytes, maxPartBytes }: FileSinkInit<R>): number {
  const most = bytesOr(maxPartBytes, Number.POSITIVE_INFINITY, 'maxPartBytes');
  const least = bytesOr(minPartBytes, Math.min(mebibyte, most), 'minPartBytes');
  if (least <= most) return least;
  throw refuse(
    place,
    `minPartBytes (${least}) is more than maxPartBytes (${most}); no part could be as large`,
  );
}
