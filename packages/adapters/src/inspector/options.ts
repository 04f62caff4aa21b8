// Owns the options of an inspector, and their check before anything is opened.
import { type Clock, checkKinds, PlanError, shownOption } from '@tailrace/core';
import { deepest } from './stream/check-message.js';
import type { HistoryOptions } from './stream/history.js';
import type { PlainLimits } from './stream/plain.js';

export interface InspectorOptions {
  /** Port on 127.0.0.1. Default 0: any that is free. */
  readonly port?: number | undefined;
  /**
   * Writes of a run that are told one by one; of later ones only those in trouble, the rest are counted. Of writes that come faster
   * than ten a second the first 40 are told one by one, and then one a second. Default 500.
   */
  readonly writes?: number | undefined;
  /** What late joiners and traces get: the last messages within `limitBytes`, at most 512 MiB. Default 32 MiB. */
  readonly history?: HistoryOptions | undefined;
  /** How much of events and contexts is shown. Default: 6 levels, 50 entries, texts of 4,096 characters, 2,000 values. */
  readonly limits?: PlainLimits | undefined;
  /** False: of errors only their codes are told, as what they say may quote values. Default true. */
  readonly errorMessages?: boolean | undefined;
  /**
   * Origins of other web apps that may send their own events to `/inspect`, as browsers send them: scheme, host, and the port
   * unless it is that of the scheme. Example: `['http://localhost:5173']`. Default none.
   */
  readonly origins?: readonly string[] | undefined;
  /** WebSocket of another inspector that is told as well. Example, for the server of @statelyai/inspect: `'ws://localhost:8080'`. */
  readonly relay?: string | undefined;
  /** Closes the inspector when it is aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Injected in tests. Default: the system's. */
  readonly clock?: Clock | undefined;
}

const operation = 'open inspector';
/** Bytes of a history whose trace is still shorter than a text of V8 may be: 2^29 characters. */
const mostHistoryBytes = 512 * 1_048_576;

const namesOfLimits: readonly string[] = [
  'depth',
  'entries',
  'characters',
  'values',
] satisfies (keyof PlainLimits)[];

/** @throws PlanError that names the option and what it may be */
export function checkOptions(options: InspectorOptions): void {
  checkKinds(
    'inspector',
    options,
    {
      history: 'object',
      limits: 'object',
      errorMessages: 'flag',
      origins: 'texts',
      relay: 'text',
      signal: 'object',
      clock: 'object',
    },
    operation,
  );
  const { port, writes, history, limits, origins = [], relay } = options;
  checkPort(port, operation);
  const any = Number.MAX_SAFE_INTEGER;
  checkWhole('writes', writes, 0, any, operation);
  checkWhole('history.limitBytes', history?.limitBytes, 0, mostHistoryBytes, operation);
  checkWhole('history.actors', history?.actors, 0, any, operation);
  checkLimitNames(limits);
  // An actor's name stands one level deeper than the last that is shown.
  checkWhole('limits.depth', limits?.depth, 1, deepest - 1, operation);
  checkWhole('limits.entries', limits?.entries, 1, any, operation);
  checkWhole('limits.characters', limits?.characters, 1, any, operation);
  checkWhole('limits.values', limits?.values, 1, any, operation);
  for (const origin of origins) checkOrigin(origin);
  if (relay === undefined) return;
  const protocol = URL.canParse(relay) ? new URL(relay).protocol : '';
  if (protocol !== 'ws:' && protocol !== 'wss:') {
    throw new PlanError(
      `The option relay must be the address of a WebSocket, such as ws://localhost:8080, not ${relay}.`,
      { operation, context: { option: 'relay' } },
    );
  }
}

/** @throws PlanError for what is no port */
export function checkPort(port: number | undefined, operation: string): void {
  checkWhole('port', port, 0, 65_535, operation);
}

/** What is said there to hide something must not be ignored. */
function checkLimitNames(limits: object = {}): void {
  const unknown = Object.keys(limits).find((name) => !namesOfLimits.includes(name));
  if (unknown === undefined) return;
  const place =
    unknown === 'errorMessages' ? ' Give errorMessages beside it: inspector({ errorMessages: false }).' : '';
  throw new PlanError(
    `The option limits has no ${shownOption(unknown)}; it has ${namesOfLimits.join(', ')}.${place}`,
    { operation, context: { option: 'limits' } },
  );
}

/** Browsers send an origin in one form, and it is compared as a text: any other would never be that of a page. */
function checkOrigin(origin: string): void {
  const { protocol, host } = URL.canParse(origin) ? new URL(origin) : { protocol: '', host: '' };
  const sent = `${protocol}//${host}`;
  if (host !== '' && sent === origin) return;
  const remedy = host === '' ? 'Write it like http://localhost:5173.' : `Write ${sent}.`;
  throw new PlanError(
    `The option origins must have origins as browsers send them, not ${shownOption(origin)}. ${remedy}`,
    { operation, context: { option: 'origins' } },
  );
}

function checkWhole(
  name: string,
  value: number | undefined,
  least: number,
  most: number,
  operation: string,
): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  throw new PlanError(
    `The option ${name} must be a whole number from ${least} to ${most}, not ${shownOption(value)}.`,
    { operation, context: { option: name } },
  );
}
