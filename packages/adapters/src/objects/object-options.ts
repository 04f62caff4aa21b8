// Owns the options that all object stores have, and what of them is checked where a store is declared.
import { checkKinds, PlanError, shownOption } from '@tailrace/core';
import { moduleRef, type StoreOfScheme } from '@tailrace/core/sink';
import { isSecretName } from '../secrets/secret-names.js';

export interface ObjectOptions {
  /**
   * Bytes of a part of an upload. Each open file gathers one in memory. Default 8 MiB (8,388,608), or 5 MiB where the `memory` of
   * the run holds no more; S3 takes 10,000 parts of at least 5 MiB: files of 48 GiB with those.
   */
  readonly partBytes?: number | undefined;
  /**
   * Parts that one thread sends at once, over all its files; so many more are in memory. Default 4; 2 or 1 where the `memory` of the
   * run holds no more.
   */
  readonly partsInFlight?: number | undefined;
  /** Milliseconds after which a call without an answer is given up, and looked after: 100 to 86,400,000, a day. Default 60,000. */
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
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const leastPartBytes = 5 * mebibyte;
/** A timer of Node cannot wait for more than 2^31 - 1: it would end at once. */
const maxTimeoutMs = 86_400_000;

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
  if (!Number.isSafeInteger(partBytes) || partBytes < leastPartBytes || partBytes > 2 ** 30) {
    throw refuse('partBytes', partBytes, 'a whole number of bytes from 5 MiB to 1 GiB');
  }
  if (!Number.isSafeInteger(partsInFlight) || partsInFlight < 1 || partsInFlight > 64) {
    throw refuse('partsInFlight', partsInFlight, 'a whole number from 1 to 64');
  }
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 100 || timeoutMs > maxTimeoutMs) {
    throw refuse(
      'timeoutMs',
      timeoutMs,
      `a whole number of milliseconds from 100 to ${maxTimeoutMs} (one day)`,
    );
  }
  if (conditionalWrites !== 'test' && conditionalWrites !== 'trusted') {
    throw refuse('conditionalWrites', conditionalWrites, "'test' or 'trusted'");
  }
  return { partBytes, partsInFlight, timeoutMs, isTrusted: conditionalWrites === 'trusted' };
}

/** Options that would carry secrets to workers, journals and manifests are refused, whatever their value. */
export function refuseSecrets(what: string, options: object, remedy: string): void {
  const secret = Object.keys(options).find(
    (name) => isSecretName(name) || /credential|secret|token|password|key/i.test(name),
  );
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

/** Sizes where none are declared, for budgets that hold no more, the largest first. */
const leanerSizes = [
  { partBytes: leastPartBytes, partsInFlight: 2 },
  { partBytes: leastPartBytes, partsInFlight: 1 },
] as const;

/** @param declared the sizes as they were given: those that were do not change with a budget */
export function storeOfScheme(
  what: string,
  url: string,
  scheme: string,
  settings: ObjectSettings,
  declared: Pick<ObjectOptions, 'partBytes' | 'partsInFlight'>,
): StoreOfScheme {
  const formOf = (sizes: Pick<ObjectSettings, 'partBytes' | 'partsInFlight'>): StoreOfScheme => ({
    ...moduleRef(what, url, { ...settings, ...sizes }),
    scheme,
    bytesPerFile: sizes.partBytes,
    bytesInFlight: sizes.partBytes * sizes.partsInFlight,
  });
  const { partBytes, partsInFlight } = settings;
  const leaner = leanerSizes.map((least) =>
    formOf({
      partBytes: declared.partBytes ?? least.partBytes,
      partsInFlight: declared.partsInFlight ?? least.partsInFlight,
    }),
  );
  return { ...formOf({ partBytes, partsInFlight }), leaner };
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
