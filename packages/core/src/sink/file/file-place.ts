// Owns how the path of a file sink is understood: absolute, one file or a directory, local or a store's URL.
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PlanError } from '../../errors/named-errors.js';
import type { SinkLocation } from '../sink.js';

export interface FilePlace {
  readonly location: SinkLocation;
  /** For people: without credentials and query. */
  readonly target: string;
}

const url = /^([a-z][a-z0-9+.-]+):\/\//i;
/** `.parquet`, `.csv.gz`; not the `.2001` of `flights.2001`, nor a hidden name such as `.cache`. */
const extension = /[^/\\]\.[a-z][a-z0-9]*$/i;

/** @throws PlanError for an empty path, one with a NUL character, or a URL that cannot be read */
export function placeOf(path: string, options: { readonly single?: boolean | undefined }): FilePlace {
  if (typeof path !== 'string' || path.trim() === '' || path.includes('\0')) {
    const shown = typeof path === 'string' ? JSON.stringify(path) : `a ${typeof path}`;
    throw refuse(`A file sink needs a path such as 'out/routes' or 'out/daily.csv'; it was ${shown}.`);
  }
  const kind = isOneFile(path, options.single) ? 'file' : 'directory';
  const scheme = url.exec(path)?.[1]?.toLowerCase() ?? 'file';
  if (scheme !== 'file') return remotePlace(path, scheme, kind);
  const local = resolve(url.test(path) ? fileURLToPath(path) : path);
  return { location: { scheme, path: local, kind }, target: local };
}

/**
 * Whether a file sink of this path is one file rather than a directory of parts: as told, else when the last part of the
 * path has an extension (`daily.csv.gz`, not `flights.2001` or `out.d/`).
 * @param path as given to the factory of the sink, local or a URL
 * @param single the option of that name
 */
export function isOneFile(path: string, single: boolean | undefined): boolean {
  return single ?? extension.test(path.replace(/[?#].*$/, ''));
}

function remotePlace(path: string, scheme: string, kind: SinkLocation['kind']): FilePlace {
  if (!URL.canParse(path))
    throw refuse(`"${path}" is not a URL that can be read. Write ${scheme}://host/path.`);
  const parsed = new URL(path);
  const target = `${scheme}://${parsed.host}${parsed.pathname}`.replace(/\/+$/, '');
  return { location: { scheme, path: target, kind }, target };
}

function refuse(message: string): PlanError {
  return new PlanError(message, { operation: 'declare file sink' });
}
