// Owns which store a URL is of, and how a failure of a store is told of by those who read. It reads nothing.
import { isTailraceError, PlanError, type StoreOfScheme, shownOption, TailraceError } from '@tailrace/core';
import { loadModule, onlyStore, type StoreDefinition, secretOfUrl, storeUrl } from '@tailrace/core/sink';

/** The scheme of a URL of a store; undefined for local paths. */
export function schemeOf(path: string): string | undefined {
  return storeUrl(path)?.scheme;
}

/**
 * URLs are told of in messages and reports, which are no place for secrets.
 * @param what reads, for messages: `readParquet`
 * @throws PlanError for a URL with a user or a query, without telling them
 */
export function checkUrls(what: string, paths: readonly string[]): void {
  for (const path of paths) {
    const secret = secretOfUrl(path);
    if (secret === undefined) continue;
    const { told } = secret;
    throw new PlanError(
      `${what}('${told}') was given a URL with ${secret.what}, which may hold a secret and is not told here. ` +
        `Leave it out: stores find credentials by themselves. For the ? of a pattern before = write *.`,
      { operation: 'declare source', context: { path: told } },
    );
  }
}

export interface ChosenStore {
  readonly store: StoreDefinition;
  readonly options: unknown;
}

/**
 * The store for the scheme of a URL.
 * @param what reads, for messages: `readParquet`
 * @throws PlanError when none of the stores has that scheme, or more than one
 */
export async function storeFor(
  path: string,
  stores: readonly StoreOfScheme[] = [],
  what = 'It',
): Promise<ChosenStore> {
  const context = { operation: 'open source', context: { path } };
  if (!Array.isArray(stores)) {
    throw new PlanError(
      `stores of ${what}('${path}') is ${shownOption(stores)}; give a list: [s3()].`,
      context,
    );
  }
  const scheme = schemeOf(path) ?? '';
  const ref = onlyStore(stores, scheme, `${what}('${path}')`, context);
  if (ref === undefined) {
    throw new PlanError(
      `${what}('${path}') needs a store for ${scheme}: give it { stores: [s3()] }, or the run it is read in.`,
      context,
    );
  }
  return { store: await loadModule<StoreDefinition>(ref, 'store'), options: ref.options };
}

/** What a store fails of is a failed source here. */
export async function asSource<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!isTailraceError(error) || error.code !== 'STORE_FAILED') throw error;
    const { message, status } = error;
    throw new TailraceError(message.startsWith(path) ? message : `'${path}' cannot be read: ${message}`, {
      code: 'SOURCE_FAILED',
      status,
      operation: 'read source',
      context: { path },
      cause: error,
    });
  }
}
