// Owns a sink's main-thread half within a job: the journal is told before each commit and after it, and what is published
// bears the key of its output.
import { type TailraceError, toTailraceError } from '../errors/tailrace-error.js';
import type { Committed, SinkDefinition, SinkGroup } from '../sink/sink.js';
import { abortable } from '../source/abortable.js';
import type { Journal } from '../store/journal/journal.js';

export interface JournaledOptions {
  readonly definition: SinkDefinition;
  readonly journal: Pick<Journal, 'append'>;
  readonly runId: string;
  readonly output: string;
  readonly key: string;
  readonly target: string;
  /** Nothing is committed before it resolves. */
  readonly gate: (() => Promise<void>) | undefined;
  /** Something to be said of the output in the report. */
  readonly note?: (() => string | undefined) | undefined;
  /** The output is published, but the journal could not be told. The next run finds it by its manifest. */
  onLateError(error: TailraceError): void;
}

export function journaled(options: JournaledOptions): SinkDefinition {
  const { definition, journal, gate, note, runId, output, key, target } = options;
  const tell = async ({ rows, bytes, files }: Committed, rejected: number | undefined): Promise<void> => {
    try {
      await journal.append({ type: 'committed', runId, output, key, rows, rejected, bytes, files });
    } catch (error) {
      const prefix = `Output ${output} is published, but the journal of its job could not be told`;
      options.onLateError(
        toTailraceError(error, prefix, { code: 'STORE_FAILED', operation: 'write journal' }),
      );
    }
  };
  const intend = async (signal: AbortSignal): Promise<void> => {
    // What a commit that was cancelled waits for must not keep it.
    if (gate !== undefined) await abortable(gate(), signal);
    await journal.append({ type: 'intent', runId, output, key, target });
  };
  const inGroup = (group: SinkGroup): SinkGroup => ({
    ...group,
    async prepare(context) {
      await intend(context.signal);
      await group.prepare({ ...context, key });
      isIntended = true;
    },
  });
  /** In a group the intent comes before the group decides, and its publication is not asked for again. */
  let isIntended = false;
  return {
    name: definition.name,
    begin: (context) => definition.begin({ ...context, key }),
    check: (context) => definition.check?.(context),
    open: (context) => definition.open(context),
    async commit(context) {
      if (!isIntended) await intend(context.signal);
      const committed = await definition.commit({ ...context, key });
      // It is published, whatever becomes of the journal: who gives up a commit that waits for that learns that it is.
      await abortable(tell(committed, context.rejected), context.signal).catch(() => undefined);
      return noted(committed, note?.());
    },
    async verify(context) {
      const committed = await definition.verify?.({ ...context, key });
      if (committed === undefined) return undefined;
      // Not waited for: asked when something hangs or has failed, and the manifest tells the next run.
      void tell(committed, context.rejected);
      return noted(committed, note?.());
    },
    abort: (context) => definition.abort(context),
    async group(options) {
      const group = await definition.group?.(options);
      return group && inGroup(group);
    },
  };
}

function noted(committed: Committed, note: string | undefined): Committed {
  return note === undefined ? committed : { ...committed, notes: [...(committed.notes ?? []), note] };
}
