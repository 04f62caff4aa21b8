// Owns what an error that is not of the family says about itself: whether trying again can help, and of which errno.
import { type ErrorStatus, errnos } from './errno.js';
import { causesOf, gatheredBy, readFrom, textFrom } from './thrown.js';

export interface Classified {
  /** Undefined when nothing in it says. */
  readonly status: ErrorStatus | undefined;
  /** Name of the errno it came of: `ENOSPC`. */
  readonly errno: string | undefined;
}

/**
 * Errors of the platform that are known by name only. An AbortError here is one of the sink's own making (a request that
 * it gave up): a cancelled attempt is known by its cancel.
 */
const statusOfNames: Readonly<Record<string, ErrorStatus>> = {
  AbortError: 'temporary',
  TimeoutError: 'temporary',
  NetworkError: 'temporary',
  QuotaExceededError: 'temporary',
  DataCloneError: 'permanent',
};

const unknown: Classified = { status: undefined, errno: undefined };

/** Reads an error, then its causes, until one says what it is. Of several gathered in one, a permanent one decides. */
export function classify(thrown: unknown): Classified {
  for (const link of [thrown, ...causesOf(thrown)]) {
    const found = classifyOne(link, 0);
    if (found.status !== undefined) return found;
  }
  return unknown;
}

/** @param depth of the gathering: errors that gather themselves end somewhere */
function classifyOne(thrown: unknown, depth: number): Classified {
  const code = textFrom(thrown, 'code');
  const status = textFrom(thrown, 'status');
  // Another member of the family, or another copy of it.
  if (status === 'permanent' || status === 'temporary') {
    return { status, errno: textFrom(readFrom(thrown, 'context'), 'errno') };
  }
  const known = code === undefined ? undefined : errnos.get(code);
  if (known !== undefined) return { status: known.status, errno: code };
  if (depth < 3) {
    const gathered = gatheredBy(thrown).map((error) => classifyOne(error, depth + 1));
    const decisive =
      gathered.find(({ status }) => status === 'permanent') ??
      gathered.find(({ status }) => status === 'temporary');
    if (decisive !== undefined) return decisive;
  }
  const name = textFrom(thrown, 'name');
  if (name === undefined || !Object.hasOwn(statusOfNames, name)) return unknown;
  return { status: statusOfNames[name], errno: undefined };
}
