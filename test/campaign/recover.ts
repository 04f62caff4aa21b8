// Owns the run that follows a kill or a fault: it must publish its version, over exactly what may have been there before.
import { isTailraceError } from '@tailrace/core';
import type { Tally } from './figure.js';
import type { NextRun } from './groups.js';
import { isNew, stateOf, write } from './kinds.js';
import { judge, look } from './reader.js';

/** A fresh run on what a kill or a fault has left. Resolves with what may have been there before it, now that more is known. */
export async function recover(
  tally: Tally,
  { job, whole, after }: NextRun,
  before: readonly (readonly number[])[],
  where: string,
): Promise<readonly (readonly number[])[]> {
  const { kind } = job;
  const isTaken = isNew(kind) && before.some((versions) => versions.length > 0);
  try {
    await write(job);
    if (isTaken && before.every((versions) => versions.length > 0))
      tally.bad('lost', `${where}: mode error has replaced what was there`);
    const seen = await look(whole, true);
    judge(tally, seen, before.map(after), where);
    return before.filter((versions) => after(versions) === seen.state);
  } catch (error) {
    const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
    if (isTaken && errors.every((one) => isTailraceError(one) && one.code === 'TARGET_EXISTS')) {
      const states = before.map((versions) => stateOf(kind, versions));
      judge(tally, await look(job, true), states, where);
    } else tally.bad('altered', `${where}: the next run failed: ${String(errors[0])}`);
    return before;
  }
}
