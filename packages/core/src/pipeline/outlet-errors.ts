// Owns what is said of a stage whose items cannot be written as one dataset.
import { describeSchema, type Schema } from '../batch/schema.js';
import { TailraceError } from '../errors/tailrace-error.js';

interface StageContext {
  readonly pipeline: string;
  readonly stage: string;
}

const notOne = (message: string, { pipeline, stage }: StageContext): TailraceError =>
  new TailraceError(message, {
    code: 'SCHEMA_INVALID',
    operation: 'materialise stage',
    context: { pipeline, stage },
  });

export function rowsAndBatches(context: StageContext): TailraceError {
  return notOne(
    `Stage '${context.stage}' of pipeline '${context.pipeline}' emits rows as well as batches; what is written must be one of ` +
      'both. End the stage with toBatches(), or emit rows only.',
    context,
  );
}

export function otherColumns(known: Schema, got: Schema, context: StageContext): TailraceError {
  return notOne(
    `Stage '${context.stage}' of pipeline '${context.pipeline}' emitted a batch with other columns than before: ` +
      `${describeSchema(got)} instead of ${describeSchema(known)}. Batches of one stage must agree.`,
    context,
  );
}
