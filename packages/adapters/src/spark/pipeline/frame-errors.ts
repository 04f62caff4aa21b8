// Owns the errors of outputs that Spark writes and whose stage did not give the one frame that they need.
import { PlanError } from '@tailrace/core';

export function noFrame(output: string): PlanError {
  return new PlanError(
    `Output "${output}" is written by Spark from one frame, and its stage gave none, so nothing was written. Give a ` +
      'frame, also one without rows.',
    { operation: 'write output', context: { output } },
  );
}

export function severalFrames(output: string): PlanError {
  return new PlanError(
    `Output "${output}" is written by Spark from one frame, and its stage gave several. Join them with union() in a ` +
      'stage before it.',
    { operation: 'write output', context: { output } },
  );
}
