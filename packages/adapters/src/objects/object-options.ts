// Owns the options that all object stores have, and what of them is checked where a store is declared.
import { checkKinds, PlanError, shownOption } from '@tailrace/core';
import { moduleRef, type StoreOfScheme } from '@tailrace/core/sink';

export interface ObjectOptions {
  /**
   * Bytes of a part of an upload. Each open file gathers one in memory. Default 8 MiB (8,388,608); S3 takes 10,000 parts of at
   * least 5 MiB: files of 80 GiB with the default.
   */
  readonly partBytes?: number | undefined;
  /** Parts that one thread sends at once, over all its files; so many more are in memory. Default 4. */
  readonly partsInFlight?: number | undefined;
  /** Milliseconds after which a call without an answer is given up, and looked after. Default 60,000. */
  readonly timeoutMs?: number | undefined;
  /**
   * `test`: the first output on a bucket tries whether the store keeps to conditions on writes, and is refused if not. `trusted`:
   * it is known to. Default `test`: five small calls.
   */
  readonly conditionalWrites?: 'test' | 'trusted' | undefined;
}

export interface ObjectSettings {
  readonly partBytes: number;
  readonly partsInFlight: number;
  readonly timeoutMs: number;
  readonly isTrusted: boolean;
}

const mebibyte = 2 ** 20;

/** Fills in the defaults. Throws a PlanError for what is out of range. */
export function objectSettings(what: string, options: ObjectOptions): ObjectSettings {
  const {
    partBytes = 8 * mebibyte,
    partsInFlight = 4,
    timeoutMs = 60_000,
    conditionalWrites = 'test',
  } = options;
  const refuse = (option: string, value: unknown, wanted: string): PlanError =>
    new PlanError(`${option} of ${what} is ${shownOption(value)}; give ${wanted}.`, {
      operation: `declare ${what}`,
    });
  if (!Number.isSafeInteger(partBytes) || partBytes < 5 * mebibyte || partBytes > 2 ** 30) {
    throw refuse('partBytes', partBytes, 'a whole number of bytes from 5 MiB to 1 GiB');
  }
  if (!Number.isSafeInteger(partsInFlight) || partsInFlight < 1 || partsInFlight > 64) {
    throw refuse('partsInFlight', partsInFlight, 'a whole number from 1 to 64');
  }
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 100) {
    throw refuse('timeoutMs', timeoutMs, 'a whole number of milliseconds from 100 on');
  }
  if (conditionalWrites !== 'test' && conditionalWrites !== 'trusted') {
    throw refuse('conditionalWrites', conditionalWrites, "'test' or 'trusted'");
  }
  return { partBytes, partsInFlight, timeoutMs, isTrusted: conditionalWrites === 'trusted' };
}

/** Options that would carry secrets to workers, journals and manifests are refused, whatever their value. */
export function refuseSecrets(what: string, options: object, remedy: string): void {
  const secret = Object.keys(options).find((name) => /credential|secret|token|password|key/i.test(name));
  if (secret === undefined) return;
  throw new PlanError(`${what} takes no ${secret}: options reach worker threads and journals. ${remedy}`, {
    operation: `declare ${what}`,
  });
}

/** The URL of a service reaches worker threads and journals, too: one that carries a secret is refused, and not told. */
export function checkEndpoint(what: string, endpoint: string | undefined): void {
  if (endpoint === undefined) return;
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const isPlain =
    url !== undefined &&
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    [url.username, url.password, url.search, url.hash].every((part) => part === '');
  if (isPlain) return;
  throw new PlanError(
    `endpoint of ${what} is no plain URL. Give one with http:// or https://, and without a user, a password, a query or a signature.`,
    { operation: `declare ${what}` },
  );
}

export function storeOfScheme(
  what: string,
  url: string,
  scheme: string,
  { partBytes, partsInFlight }: ObjectSettings,
  options: object,
): StoreOfScheme {
  return {
    ...moduleRef(what, url, options),
    scheme,
    bytesPerFile: partBytes,
    bytesInFlight: partBytes * partsInFlight,
  };
}

/** Throws a PlanError for options of another kind. */
export function checkTexts(
  what: string,
  options: object,
  names: readonly string[],
  flags: readonly string[],
): void {
  const kinds = {
    ...Object.fromEntries(names.map((name) => [name, 'text'])),
    ...Object.fromEntries(flags.map((name) => [name, 'flag'])),
  };
  checkKinds(what, options, kinds, `declare ${what}`);
}
