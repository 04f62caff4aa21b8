// Owns what happens when more is held than the budget allows and the stage cannot be made to wait.
import { OverflowError } from '../errors/named-errors.js';
import type { Memory } from './memory.js';

/** What a stage does that emits more than the budget holds: its batches move to disk, or it fails. */
export type Overflow = 'spill' | 'fail';

/**
 * Called when `sealedBytes` were just added by a stage within a synchronous call. Over the limit, holders are told to
 * spill, the largest first; with `fail`, throws an OverflowError naming the stage, unless the new batch is all there is
 * (an item larger than the budget is taken alone).
 */
export function relieve(memory: Memory, stage: string, sealedBytes: number, overflow: Overflow): void {
  const { budget } = memory;
  if (budget.usedBytes <= budget.limitBytes) return;
  if (overflow === 'fail') {
    if (budget.used('batch') <= sealedBytes) return;
    throw new OverflowError(
      `Stage "${stage}" emitted more than the budget of ${budget.limitBytes} bytes holds (${budget.usedBytes} bytes) before ` +
        'its consumers could take it. Emit in smaller steps (pulled), give the run more memory, or let it ' +
        'spill (overflow: "spill").',
      {
        operation: 'materialise rows',
        context: { stage, limitBytes: budget.limitBytes, usedBytes: budget.usedBytes },
      },
    );
  }
  const holders = [...memory.spillables].sort((a, b) => b.spillableBytes() - a.spillableBytes());
  for (const holder of holders) {
    const excess = budget.usedBytes - budget.limitBytes;
    if (excess <= 0) return;
    holder.spillSync?.(excess);
  }
}
