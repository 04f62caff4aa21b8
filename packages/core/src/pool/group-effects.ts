// Owns what an output that commits together with others does in each of its states: brings its sink and its group together.
import { CancelledError, PlanError } from '../errors/named-errors.js';
import { toPlainError } from '../errors/plain-error.js';
import { TailraceError } from '../errors/tailrace-error.js';
import type { OutputEffects } from '../output/output-effects.js';
import type { SinkDefinition, SinkGroup } from '../sink/sink.js';
import type { Clock } from '../time/clock.js';
import { type CommitGroup, mayBeDecided } from './commit-group.js';
import type { OutputRecord } from './output-record.js';
import { checkAccount, commitContext, infoOf, inSink, timed } from './sink-calls.js';

/** Before anything of it is touched: can it take part at all? Throws a PlanError. */
export async function beginInGroup(record: OutputRecord, definition: SinkDefinition): Promise<void> {
  if (record.group === undefined) return;
  const { options } = infoOf(record);
  record.groupHalf = await inSink(record, 'group', () => definition.group?.(options));
  if (record.groupHalf === undefined) throw cannotJoin(record.group, record);
}

/** Its target is held. */
export async function admitToGroup(record: OutputRecord): Promise<void> {
  const { group, groupHalf } = record;
  if (group === undefined || groupHalf === undefined) return;
  const { signal } = new AbortController();
  const staged = { ...infoOf(record), staging: record.staging?.value, signal };
  await inSink(record, 'group', () =>
    group.admit(record.name, {
      kind: groupHalf.kind,
      place: groupHalf.place(staged),
      open: (of) => inSink(record, 'open the group of', () => groupHalf.open({ ...staged, group: of })),
    }),
  );
}

export interface GroupEffectsOptions {
  readonly records: ReadonlyMap<string, OutputRecord>;
  readonly recordOf: (outputId: string) => OutputRecord;
  readonly interruptible: <T>(
    record: OutputRecord,
    signal: AbortSignal,
    act: (record: OutputRecord, signal: AbortSignal) => Promise<T>,
  ) => Promise<T>;
  readonly clock: Clock;
}

export function createGroupEffects({
  records,
  recordOf,
  interruptible,
  clock,
}: GroupEffectsOptions): Pick<OutputEffects, 'settle' | 'gather' | 'isDeciding' | 'leaveGroup'> {
  return {
    settle: async ({ outputId }, signal) =>
      interruptible(recordOf(outputId), signal, async (record, either) => {
        checkAccount(record);
        const { group, half } = groupOf(record);
        const of = await group.opened(either);
        await timed(record, clock, () => half.prepare({ ...commitContext(record, either), group: of }));
      }),
    gather: async ({ outputId }, signal) =>
      interruptible(recordOf(outputId), signal, async (record, either) => {
        const { group, half } = groupOf(record);
        const context = commitContext(record, either);
        await group.gather(record.name, (of) => half.decide({ ...context, group: of }), either);
      }),
    isDeciding({ outputId }) {
      const group = records.get(outputId)?.group;
      return group !== undefined && mayBeDecided(group.phase);
    },
    leaveGroup({ outputId }, error) {
      const record = records.get(outputId);
      record?.group?.leave(record.name, error ?? left(record));
    },
  };
}

function groupOf({ group, groupHalf: half, name }: OutputRecord): { group: CommitGroup; half: SinkGroup } {
  if (group !== undefined && half !== undefined) return { group, half };
  throw new TailraceError(`Output ${name} is in no group.`, { code: 'CLOSED', operation: 'commit group' });
}

function cannotJoin({ name: group }: CommitGroup, { name, sink }: OutputRecord): PlanError {
  const message =
    `Output "${name}" cannot commit together with others (group "${group}"): its sink ${sink.name}, or the store below it, ` +
    `does not know how. Write it to local files, or take it out of the group.`;
  return new PlanError(message, { operation: 'begin output', context: { output: name, group } });
}

/** It would stay old while the others become new. */
export function cannotSkip({ name: group }: CommitGroup, { name, sink }: OutputRecord): PlanError {
  const message =
    `Output "${name}" commits together with others (group "${group}"), and its sink ${sink.name} wants to leave its target as ` +
    `it is: the others would become new without it. Have the sink replace the target, or take it out of the group.`;
  return new PlanError(message, { operation: 'begin output', context: { output: name, group } });
}

const left = ({ name }: OutputRecord) =>
  toPlainError(new CancelledError(`Output ${name} was cancelled.`, { operation: 'commit group' }), {
    code: 'CANCELLED',
    operation: 'commit group',
  });
