// Owns how the path of a file sink is understood: absolute, one file or a directory, local or a store's URL.
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PlanError } from '../../errors/named-errors.js';
import type { SinkLocation } from '../sink.js';
import { type StoreUrl, secretOfUrl, storeUrl } from './store-url.js';

export interface FilePlace {
  readonly location: SinkLocation;
  /** For people. */
  readonly target: string;
}

const fileUrl = /^file:\/\//i;
/** `.parquet`, `.csv.gz`; not the `.2001` of `flights.2001`, nor a hidden name such as `.cache`. */
const extension = /[^/\\]\.[a-z][a-z0-9]*$/i;

/** @throws PlanError for an empty path, one with a NUL character, or a URL with a user or a query, or one that names nothing */
export function placeOf(path: string, options: { readonly single?: boolean | undefined }): FilePlace {
  if (typeof path !== 'string' || path.trim() === '' || path.includes('\0')) {
    const shown = typeof path === 'string' ? JSON.stringify(path) : `a ${typeof path}`;
    throw refuse(`A file sink needs a path such as 'out/routes' or 'out/daily.csv'; it was ${shown}.`);
  }
  const kind = isOneFile(path, options.single) ? 'file' : 'directory';
  const remote = storeUrl(path);
  if (remote !== undefined) return remotePlace(path, remote, kind);
  const local = resolve(fileUrl.test(path) ? fileURLToPath(path) : path);
  return { location: { scheme: 'file', path: local, kind }, target: local };
}

/**
 * Whether a file sink of this path is one file rather than a directory of parts: as told, else when the last part of the
 * path has an extension (`daily.csv.gz`, not `flights.2001` or `out.d/`).
 * @param path as given to the factory of the sink, local or a URL
 * @param single the option of that name
 */
export function isOneFile(path: string, single: boolean | undefined): boolean {
  // Of all others they are part of the name.
  return single ?? extension.test(fileUrl.test(path) ? path.replace(/[?#].*$/, '') : path);
}

function remotePlace(path: string, url: StoreUrl, kind: SinkLocation['kind']): FilePlace {
  const { scheme, authority } = url;
  const secret = secretOfUrl(path);
  if (secret !== undefined) {
    throw refuse(
      `The target '${secret.told}' was given as a URL with ${secret.what}, which may hold a secret and is not told here. ` +
        `Leave it out: stores find credentials by themselves. For a ? of a name write %3F.`,
    );
  }
  const rest = url.path.replace(/\/+$/, '');
  if (authority === '' || rest === '') {
    throw refuse(`"${path}" names nothing in a store. Write ${scheme}://bucket/path.`);
  }
  const target = `${scheme}://${authority}${rest}`;
  return { location: { scheme, path: target, kind }, target };
}

function refuse(message: string): PlanError {
  return new PlanError(message, { operation: 'declare file sink' });
}
