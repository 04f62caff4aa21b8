// Owns a group of outputs while they run: who is ready, when it is decided, who fails because another one does. What the
// decision is on disk is the sinks' business.
import { PlanError } from '../errors/named-errors.js';
import { type PlainError, toPlainError } from '../errors/plain-error.js';
import { TailraceError } from '../errors/tailrace-error.js';
import type { Group } from '../sink/group.js';
import { abortable } from '../source/abortable.js';
import { deferred } from './deferred.js';

/**
 * How far a group is. `off`: it is given up, and none of its members is published. `unknown`: this run publishes none, and
 * only the next one finds out whether it is decided.
 */
export type GroupPhase = 'gathering' | 'deciding' | 'decided' | 'unknown' | 'off';

/** A cancel in one of these comes too late: all of it may be published, by this run or by the next. */
export const mayBeDecided = (phase: GroupPhase): boolean => phase !== 'gathering' && phase !== 'off';

export interface CommitGroup {
  readonly name: string;
  readonly phase: GroupPhase;
  /** An output of it has been opened. `fail` ends it because of another one; called once, in a turn of its own. */
  enter(output: string, fail: (error: PlainError) => void): void;
  /** The target of a member is held. Throws a PlanError when it is of another kind than the members before it. */
  admit(output: string, member: AdmittedMember): void;
  /** Resolves once the decision is possible: every member has begun, and the last one's sink was told. */
  opened(signal: AbortSignal): Promise<Group>;
  /** A member has everything on stable storage. Resolves when the group is decided; rejects when it is not. */
  gather(output: string, decide: (group: Group) => Promise<void>, signal: AbortSignal): Promise<void>;
  /** Resolves when it is the member's turn to publish; rejects for the last one when another could not be published. */
  turn(output: string, signal: AbortSignal): Promise<void>;
  /** A member will not be published: none is, unless that is decided already. During the decision nobody is told before it. */
  leave(output: string, error: PlainError): void;
  /** A member has ended, also without having left: broken down, or with its pool. */
  ended(output: string, isPublished: boolean, error?: PlainError): void;
}

export interface AdmittedMember {
  readonly kind: string;
  readonly place: string;
  /** The sink's `open`: called for the last member only. */
  open(group: Group): Promise<void>;
}

/**
 * @param id never used before; letters, digits, `-` and `_`
 * @param outputs in the order of the group: the last one is published last
 */
export function createCommitGroup(name: string, id: string, outputs: readonly string[]): CommitGroup {
  const members = new Map<string, AdmittedMember>();
  const fails = new Map<string, (error: PlainError) => void>();
  const ready = new Set<string>();
  const others = new Set(outputs.slice(0, -1));
  const begun = deferred<Group>();
  const allReady = deferred<void>();
  const othersEnded = deferred<void>();
  const unpublished = new Map<string, PlainError>();
  const decision = deferred<void>();
  let opening: Promise<Group> | undefined;
  let phase: GroupPhase = 'gathering';
  let because: PlainError | undefined;

  const isLast = (output: string): boolean => output === outputs.at(-1);
  const tell = (output: string, error: PlainError): void => {
    const fail = fails.get(output);
    fails.delete(output);
    if (fail !== undefined) queueMicrotask(() => fail(error));
  };
  const giveUp = (error: PlainError): void => {
    phase = 'off';
    decision.reject(notDecided(name));
    for (const other of [...fails.keys()]) tell(other, error);
  };
  const leave = (output: string, error: PlainError): void => {
    if (phase === 'decided' || phase === 'unknown' || because !== undefined) return;
    because = failedWith(name, output, error);
    fails.delete(output);
    if (phase === 'gathering') giveUp(because);
  };
  const open = async (): Promise<Group> => {
    const group = await begun.promise;
    await members.get(outputs.at(-1) ?? '')?.open(group);
    return group;
  };

  return {
    name,
    get phase() {
      return phase;
    },
    enter(output, fail) {
      fails.set(output, fail);
      if (because !== undefined) tell(output, because);
    },
    admit(output, member) {
      const [first] = members;
      if (first !== undefined && first[1].kind !== member.kind) throw unlike(name, first, [output, member]);
      members.set(output, member);
      if (members.size < outputs.length) return;
      begun.resolve({ id, name, places: outputs.map((one) => members.get(one)?.place ?? '') });
    },
    opened(signal) {
      opening ??= open();
      // Asked again after a temporary error.
      opening.catch(() => {
        opening = undefined;
      });
      return abortable(opening, signal);
    },
    async gather(output, decide, signal) {
      ready.add(output);
      if (ready.size === outputs.length) allReady.resolve();
      if (!isLast(output)) {
        await abortable(decision.promise, signal);
        return;
      }
      const group = await abortable(begun.promise, signal);
      await abortable(allReady.promise, signal);
      if (phase === 'off') throw notDecided(name);
      if (phase === 'unknown') return decision.promise;
      phase = 'deciding';
      try {
        await decide(group);
        phase = 'decided';
        decision.resolve();
      } catch (error) {
        if (leavesUnknown(error)) {
          phase = 'unknown';
          decision.reject(error);
          throw error;
        }
        phase = 'gathering';
        // Who left meanwhile waited for nobody, but the others could still have been published.
        if (because !== undefined) giveUp(because);
        throw error;
      }
    },
    async turn(output, signal) {
      if (!isLast(output)) return;
      await abortable(othersEnded.promise, signal);
      if (unpublished.size > 0) throw halfPublished(name, output, unpublished);
    },
    leave,
    ended(output, isPublished, error) {
      // Nothing is published before the decision, whatever an output calls its end.
      const why = error ?? withoutError(name);
      if (!isPublished || phase === 'gathering') leave(output, why);
      if (!isPublished) unpublished.set(output, why);
      others.delete(output);
      if (others.size === 0) othersEnded.resolve();
    },
  };
}

const operation = 'commit group';

function unlike(name: string, one: [string, AdmittedMember], other: [string, AdmittedMember]): PlanError {
  const [[first, { kind }], [second, { kind: unlikeKind }]] = [one, other];
  const message =
    `Outputs "${first}" (${kind}) and "${second}" (${unlikeKind}) cannot commit together in the group "${name}": their ` +
    `stores do not know each other. Group only outputs of one kind of store.`;
  return new PlanError(message, { operation, context: { group: name, output: second } });
}

/** As the contract of `decide` has it. Sinks of others throw anything. */
const leavesUnknown = (error: unknown): boolean =>
  toPlainError(error, { code: 'SINK_FAILED', operation }).context.decision === 'unknown';

/** What the others of a group are told: not published, and because of which member. */
function failedWith(name: string, output: string, error: PlainError): PlainError {
  const message = `It was not published, because it commits together with "${output}" (group "${name}"), which was not: ${error.message}`;
  const { code, causes } = error;
  const context = { group: name, because: output };
  return { code, status: 'permanent', operation, message, context, causes };
}

/** The member that has failed says more: this one is heard only where that cannot be told. */
function notDecided(name: string): TailraceError {
  const message = `The group "${name}" was given up: another member failed or was cancelled. None was published.`;
  return new TailraceError(message, { code: 'CANCELLED', operation, context: { group: name } });
}

const withoutError = (name: string): PlainError =>
  toPlainError(notDecided(name), { code: 'CANCELLED', operation });

function halfPublished(
  name: string,
  output: string,
  missing: ReadonlyMap<string, PlainError>,
): TailraceError {
  const names = [...missing.keys()].map((one) => `"${one}"`).join(', ');
  const reasons = [...missing.values()].map(({ message }) => message).join(' ');
  const message =
    `Output "${output}" is published last of its group "${name}", and ${names} could not be. The group is decided and all of ` +
    `it is staged: the next run on one of its paths publishes what is missing. What failed there: ${reasons}`;
  return new TailraceError(message, {
    code: 'STORE_FAILED',
    operation,
    status: 'permanent',
    context: { group: name, output, missing: names },
  });
}
