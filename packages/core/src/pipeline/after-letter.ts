// Owns the order in which what a stage refused and what it gave are published: first the one, so that no row is missing
// from what is visible without being told of.
import { TailraceError } from '../errors/tailrace-error.js';
import type { OutputEnd } from '../pool/open-output.js';
import type { CommitContext, SinkDefinition } from '../sink/sink.js';
import { abortable } from '../source/abortable.js';

/**
 * A sink's main-thread half that publishes nothing before the dead letter output of its stage has been published.
 * @param letter its name
 * @param ended resolves when that has ended, however
 */
export function afterLetter(
  definition: SinkDefinition,
  letter: string,
  ended: () => Promise<OutputEnd | undefined>,
): SinkDefinition {
  type Commit = Pick<CommitContext<unknown, unknown, unknown>, 'output' | 'signal' | 'rejected'>;
  const admit = async ({ output, signal, rejected = 0 }: Commit): Promise<void> => {
    const end = await abortable(ended(), signal);
    // A target that was there and left alone holds other rows than these.
    const isTold = end?.state === 'done' && !(end.skipped && rejected > 0);
    if (!isTold) throw unpublished(output, letter, end, rejected);
  };
  return {
    name: definition.name,
    begin: (context) => definition.begin(context),
    check: (context) => definition.check?.(context),
    open: (context) => definition.open(context),
    async commit(context) {
      await admit(context);
      return definition.commit(context);
    },
    async verify(context) {
      return definition.verify?.(context);
    },
    abort: (context) => definition.abort(context),
    async group(options) {
      const group = await definition.group?.(options);
      if (group === undefined) return undefined;
      return {
        ...group,
        async prepare(context) {
          await admit(context);
          await group.prepare(context);
        },
      };
    },
  };
}

function unpublished(
  output: string,
  letter: string,
  end: OutputEnd | undefined,
  rejected: number,
): TailraceError {
  const what = end?.skipped
    ? 'was skipped, as its target exists'
    : end?.state === 'cancelled'
      ? 'was cancelled'
      : 'failed';
  const why = end?.error === undefined ? '' : ` (${end.error.message})`;
  return new TailraceError(
    `Output ${output} is not published: ${letter}, which takes the rows that its stage refuses (${rejected} of them), ` +
      `${what}${why}. Mend that output and run again.`,
    { code: 'STAGE_FAILED', operation: 'commit output', context: { output, deadLetter: letter, rejected } },
  );
}
