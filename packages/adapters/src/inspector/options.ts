// Owns the options of an inspector, and their check before anything is opened.
import { type Clock, PlanError } from '@tailrace/core';
import { deepest } from './stream/check-message.js';
import type { HistoryOptions } from './stream/history.js';
import type { PlainLimits } from './stream/plain.js';

export interface InspectorOptions {
  /** Port on 127.0.0.1. Default 0: any that is free. */
  readonly port?: number | undefined;
  /**
   * Writes of a run that are told one by one; of later ones only those in trouble, the rest are counted. Of writes that come faster
   * than ten a second no more than the first 100 are told one by one. Default 500.
   */
  readonly writes?: number | undefined;
  /** What late joiners and traces get: the last messages within `limitBytes`, at most 512 MiB. Default 32 MiB. */
  readonly history?: HistoryOptions | undefined;
  /** How much of events and contexts is shown. Default: 6 levels, 50 entries, texts of 4,096 characters. */
  readonly limits?: PlainLimits | undefined;
  /** False: of errors only their codes are told, as what they say may quote values. Default true. */
  readonly errorMessages?: boolean | undefined;
  /** Origins of other web apps that may send their own events to `/inspect`. Example: `['http://localhost:5173']`. */
  readonly origins?: readonly string[] | undefined;
  /** WebSocket of another inspector that is told as well. Example, for the server of @statelyai/inspect: `'ws://localhost:8080'`. */
  readonly relay?: string | undefined;
  /** Closes the inspector when it is aborted. */
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock | undefined;
}

/** Bytes of a history whose trace is still shorter than a text of V8 may be: 2^29 characters. */
const mostHistoryBytes = 512 * 1_048_576;

/** @throws PlanError that names the option and what it may be */
export function checkOptions({ port, writes, history, limits, relay }: InspectorOptions): void {
  checkWhole('port', port, 65_535);
  checkWhole('writes', writes, Number.MAX_SAFE_INTEGER);
  checkWhole('history.limitBytes', history?.limitBytes, mostHistoryBytes);
  checkWhole('history.actors', history?.actors, Number.MAX_SAFE_INTEGER);
  // An actor's name stands one level deeper than the last that is shown.
  checkWhole('limits.depth', limits?.depth, deepest - 1);
  if (relay === undefined) return;
  const protocol = URL.canParse(relay) ? new URL(relay).protocol : '';
  if (protocol !== 'ws:' && protocol !== 'wss:') {
    throw new PlanError(
      `The option relay must be the address of a WebSocket, such as ws://localhost:8080, not ${relay}.`,
      { operation: 'open inspector' },
    );
  }
}

function checkWhole(name: string, value: number | undefined, most: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= 0 && value <= most)) return;
  throw new PlanError(`The option ${name} must be a whole number from 0 to ${most}, not ${String(value)}.`, {
    operation: 'open inspector',
  });
}
