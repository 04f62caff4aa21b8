// Owns the declaration of an output for the rows that a stage refuses. It writes nothing.
import type { BadRow } from '../materialise/bad-row.js';
import type { Sink } from '../sink/sink.js';
import type { DeadLetter, DeadLetterOptions } from './graph.js';

const letters = new WeakSet<object>();

/**
 * Bad rows go to an output of their own, with the columns of `BadRow`: `onBadRow: deadLetter(parquet('out/rejected'))`. It
 * is declared, written and committed like any other, before the outputs of its stage: when it fails, so do they.
 */
export function deadLetter(sink: Sink<BadRow>, options: DeadLetterOptions = {}): DeadLetter {
  const letter: DeadLetter = { sink, options };
  letters.add(letter);
  return letter;
}

export const isDeadLetter = (value: unknown): value is DeadLetter =>
  typeof value === 'object' && value !== null && letters.has(value);

/** The node that a stage's bad rows are. */
export const rejectsName = (stage: string): string => `${stage} (rejected)`;
