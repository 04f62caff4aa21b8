// Owns which files of a store a URL means: one, those that a pattern matches, or those below a prefix. Lists come from the store, page
// by page, and end at a bound.
import { PlanError, TailraceError } from '@tailrace/core';
import picomatch from 'picomatch';
import { checkLevels, isHidden, type ListedFile, withLevel } from '../dataset/listing.js';
import { checkPattern, globSigns, isGlob, plainSigns } from '../dataset/patterns.js';
import { type FromStores, filesOf } from './remote-file.js';
import { asSource, schemeOf } from './stores.js';

/** Most files of one source, and most keys that are looked at for them: a thousand lists. */
const limits = { files: 100_000, keys: 1_000_000 };

/** The paths as they are, but for each pattern of a URL the files that it matches, in the order of their names. */
export async function* expanded(
  paths: readonly string[],
  from: FromStores,
  signal: AbortSignal,
): AsyncGenerator<string> {
  for (const path of paths) {
    if (schemeOf(path) === undefined || !isGlob(path)) yield path;
    else for (const file of await matched(path, from, signal)) yield file.path;
  }
}

/** The same as files of a dataset. Throws a PlanError when they are partitioned differently. */
export async function listRemoteGlob(
  pattern: string,
  from: FromStores,
  signal: AbortSignal,
): Promise<ListedFile[]> {
  const files = await matched(pattern, from, signal);
  checkLevels(pattern, files);
  return files;
}

/** The files that a pattern matches. Throws SOURCE_FAILED when there is none, a PlanError when there are too many. */
async function matched(pattern: string, from: FromStores, signal: AbortSignal): Promise<ListedFile[]> {
  const rootEnd = checkBucket(pattern);
  const sign = pattern.search(globSigns);
  checkPattern(pattern);
  const isMatch = picomatch(asPattern(pattern, rootEnd), { windows: false, nonegate: true });
  // Directories that the pattern names are meant, whatever their names begin with.
  const named = pattern.lastIndexOf('/', sign) + 1;
  const depth = pattern.slice(rootEnd, named).split('/').length - 1;
  const files = await listed(pattern, pattern.slice(0, sign), from, signal, (key, segments) =>
    segments.slice(depth).some(isHidden) || !isMatch(key)
      ? undefined
      : segments.slice(0, -1).reduce(withLevel, {}),
  );
  if (files.length === 0) {
    throw new TailraceError(
      `No file matches '${pattern}'. Check the pattern; a dataset that this library has written is opened by its path alone.`,
      { code: 'SOURCE_FAILED', operation: 'list files', context: { pattern } },
    );
  }
  return files;
}

/** Where the key begins in a pattern. Throws a PlanError for one that stands for several buckets. */
export function checkBucket(pattern: string): number {
  const rootEnd = pattern.indexOf('/', pattern.indexOf('://') + 3) + 1;
  if (rootEnd > 0 && pattern.search(globSigns) >= rootEnd) return rootEnd;
  throw new PlanError(`'${pattern}' has a pattern where the bucket is named. Name one bucket.`, {
    operation: 'list files',
    context: { pattern },
  });
}

/** Every data file below a prefix, as in Hive's layout. */
export async function listRemoteDirectory(
  path: string,
  from: FromStores,
  signal: AbortSignal,
): Promise<ListedFile[]> {
  const prefix = `${path.replace(/\/+$/, '')}/`;
  const depth = keyOf(prefix).split('/').length - 1;
  const files = await listed(path, prefix, from, signal, (_, segments) => {
    const below = segments.slice(depth);
    return below.some(isHidden) ? undefined : below.slice(0, -1).reduce(withLevel, {});
  });
  checkLevels(path, files);
  return files;
}

async function listed(
  what: string,
  prefix: string,
  from: FromStores,
  signal: AbortSignal,
  partitionOf: (key: string, segments: readonly string[]) => ListedFile['partition'] | undefined,
): Promise<ListedFile[]> {
  const { files, options } = await filesOf(prefix, from);
  const found: ListedFile[] = [];
  /** Empty objects that may stand for directories, by their keys: then what lies in them comes after them. */
  const empty = new Set<string>();
  const markers = new Set<string>();
  let keys = 0;
  await asSource(what, async () => {
    for await (const page of files.list({ options, prefix, signal })) {
      for (const { path, bytes } of page) {
        const key = keyOf(path);
        for (let at = key.indexOf('/'); empty.size > 0 && at > 0; at = key.indexOf('/', at + 1))
          if (empty.delete(key.slice(0, at))) markers.add(key.slice(0, at));
        if (key.endsWith('_$folder$')) continue;
        if (bytes === 0) empty.add(key);
        const partition = partitionOf(key, key.split('/'));
        if (partition !== undefined) found.push({ path, partition });
      }
      keys += page.length;
      if (found.length > limits.files || keys > limits.keys) throw tooMany(what);
    }
  });
  const data = markers.size === 0 ? found : found.filter(({ path }) => !markers.has(keyOf(path)));
  return data.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function tooMany(what: string): PlanError {
  return new PlanError(
    `'${what}' is more than ${limits.files} files, or is looked for among more than ${limits.keys}. Name a longer prefix before the first * of a pattern, or several patterns.`,
    { operation: 'list files', context: { path: what } },
  );
}

/** The key of a URL. */
function keyOf(path: string): string {
  return decoded(path, path.slice(path.indexOf('/', path.indexOf('://') + 3) + 1));
}

/** What is escaped in a URL is meant as it is, though it be a sign of patterns. */
function asPattern(pattern: string, rootEnd: number): string {
  const escaped = pattern
    .slice(rootEnd)
    .replaceAll(/(?:%[0-9a-f]{2})+/gi, (text) =>
      decoded(pattern, text).replaceAll(/[*?[\]{}()!+@\\]/g, '\\$&'),
    );
  return plainSigns(escaped);
}

function decoded(path: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new PlanError(
      `'${path}' has an escape that is no text: a % is written %25, other signs by their bytes in UTF-8.`,
      { operation: 'list files', context: { path }, cause },
    );
  }
}
