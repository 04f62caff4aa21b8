// Owns what every reader of files does where its paths may be URLs of stores: it takes the stores of a run, and goes through the files.
import type { Source, StoreOfScheme } from '@tailrace/core';
import { expanded } from './list-remote.js';
import { type FromStores, openRemote, type RemoteFile } from './remote-file.js';
import { schemeOf } from './stores.js';

interface HasStores {
  readonly stores?: readonly StoreOfScheme[] | undefined;
}

/**
 * The member `withStores` of a source; nothing for one of local files.
 * @param declare declares the same source with other options
 */
export function takesStores<O extends HasStores, R>(
  paths: readonly string[],
  options: O,
  declare: (options: O) => Source<R>,
): Pick<Source<R>, 'withStores'> {
  if (paths.every((path) => schemeOf(path) === undefined)) return {};
  // Its own come before those of the run for the same scheme.
  const own = options.stores ?? [];
  const isFree = ({ scheme }: StoreOfScheme): boolean => own.every((one) => one.scheme !== scheme);
  return {
    withStores: (stores) => declare({ ...options, stores: [...own, ...stores.filter(isFree)] }),
  };
}

/** The files of a source, one after the other: local ones by their paths alone. */
export async function* eachFile(
  paths: readonly string[],
  from: FromStores,
  signal: AbortSignal,
): AsyncGenerator<{ readonly path: string; readonly remote: RemoteFile | undefined }> {
  for await (const path of expanded(paths, from, signal))
    yield { path, remote: await openRemote(path, from, signal) };
}
