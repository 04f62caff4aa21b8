// Owns what a sweep checks before it asks the store: that the path is of its scheme, and that the SDK is installed.
import { messageOf, PlanError, TailraceError } from '@tailrace/core';

/**
 * A bucket of the same name may be there on another store: its sweep is not what was asked for.
 * @throws PlanError for a path that is no URL of the scheme
 */
export function checkSwept(what: string, scheme: string, path: string): void {
  const isOurs = typeof path === 'string' && path.toLowerCase().startsWith(`${scheme}://`);
  if (isOurs) return;
  throw new PlanError(
    `${what} sweeps URLs of the scheme ${scheme}, as in ${scheme}://bucket/routes, not ${path}.`,
    {
      operation: 'sweep',
      context: { path },
    },
  );
}

/**
 * Loads what needs the SDK, which is a peer. A run that cannot load it fails with the same code.
 * @throws TailraceError MODULE_INVALID that says what to install
 */
export async function inFamily<T>(what: string, sdk: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new TailraceError(`${what} could not load ${sdk}: ${messageOf(cause)}. Run npm install ${sdk}.`, {
      code: 'MODULE_INVALID',
      operation: 'load store',
      context: { sdk },
      cause,
    });
  }
}
