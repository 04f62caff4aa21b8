// Owns what is said of a stage whose items cannot be written, or not as one dataset.
import { describeSchema, type Schema } from '../batch/schema.js';
import { PlanError } from '../errors/named-errors.js';
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

/**
 * @param output that needs rows; undefined for a hold
 * @param place who has the rows of the items
 */
export function rowsAreElsewhere(
  output: string | undefined,
  place: string,
  context: StageContext,
): PlanError {
  const { pipeline, stage } = context;
  const [what, advice] =
    output === undefined
      ? [`The hold of stage '${stage}'`, 'Fetch']
      : [`Output '${output}'`, `Use a sink that has ${place} write them, or fetch`];
  return new PlanError(
    `${what} of pipeline '${pipeline}' needs rows, and the items of stage '${stage}' only name rows that ${place} has: names ` +
      `would be kept in place of rows. Nothing was. ${advice} the rows in a stage before it.`,
    { operation: 'materialise stage', context: { ...context, ...(output === undefined ? {} : { output }) } },
  );
}
