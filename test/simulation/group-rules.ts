// Owns the promise of outputs that commit together, as docs/guarantees.md has it: decided, all of it is published by the time
// somebody next begins there; not decided, none of it ever is; the last one is seen last.
import type { GroupReport } from '../../packages/core/src/pipeline/report.js';
import type { History, Turn } from './history.js';
import type { ProcessLife, World } from './world.js';

/** What one process does with the groups that it decides. Outputs by name. */
export interface GroupWatch {
  /** An output has told where it is staged: it commits with others. */
  placed(output: string, place: string): void;
  isMember(output: string): boolean;
  /** Its members are published sooner or later, whatever their outputs are told of as: the group's state says so. */
  isDecided(): boolean;
  /** @param places of the members, in their order */
  deciding(places: readonly string[], committing: (output: string) => Turn | undefined): void;
  /** @param outcome what the sink has told */
  decided(outcome: 'decided' | 'not decided' | 'unknown'): void;
  committing(output: string): void;
  committed(output: string): void;
  /** The run is over, and says this of a group of these members. */
  reported(state: GroupReport['state'], isExcused: boolean): void;
}

export interface Groups {
  watch(process: ProcessLife, by: string, historyOf: (output: string) => History | undefined): GroupWatch;
  /** Somebody has begun on a target, after the repair there. */
  begun(history: History, process: ProcessLife): void;
  /** Whether a process publishes what a dead one has decided: it holds the place of the decision, and one of the members. */
  isFinishing(history: History, process: ProcessLife): boolean;
  /** What is visible there may have changed. */
  look(history: History, why: string): void;
  powerCut(): void;
}

interface Member {
  readonly output: string;
  readonly history: History;
  readonly turn: Turn;
}

/** One that its process has begun to decide, and of which not all is known to be published. */
interface Pending {
  readonly process: ProcessLife;
  readonly by: string;
  readonly members: readonly Member[];
  /** Where its decision is kept. */
  readonly place: string | undefined;
  readonly left: Set<string>;
  phase: 'deciding' | 'decided' | 'unknown';
  /** Somebody has published it while its process lived, and may have replaced it since. */
  isSeen?: boolean;
}

export function createGroups(world: World): Groups {
  const pending = new Set<Pending>();

  const show = ({ members }: Pending): string =>
    members.map(({ output, history, turn }) => `${output} ${history.shows(turn)}`).join(', ');
  const withdraw = (group: Pending): void => {
    pending.delete(group);
    for (const { history, turn } of group.members) history.conclude(group.by, turn, 'old');
  };
  /** Whoever comes next has seen to it: all of it is there, or none, and so it stays. */
  const resolve = (group: Pending, why: string): void => {
    if (group.isSeen) {
      if (!group.process.alive) pending.delete(group);
      return;
    }
    const sides = group.members.map(({ history, turn }) => history.shows(turn));
    const isNew = group.phase === 'decided' || sides.includes('new');
    const wanted = isNew ? 'new' : 'old';
    const isWhole = sides.every((side) => side === wanted || side === 'either');
    if (!isWhole) {
      const harm = group.phase === 'decided' ? 'lost' : 'half visible';
      world.violate(harm, `${why}: the group of ${group.by}, ${group.phase}, shows ${show(group)}`);
    }
    // One that lives has still to hear of what it has published.
    if (group.process.alive && group.phase === 'decided') {
      group.isSeen = isWhole;
      return;
    }
    pending.delete(group);
    for (const { history, turn } of group.members) history.conclude(group.by, turn, wanted);
  };
  const lookAt = (group: Pending, why: string): void => {
    const last = group.members.at(-1);
    if (group.isSeen) return;
    if (last?.history.shows(last.turn) !== 'new') return;
    const others = group.members.slice(0, -1);
    const isLast = others.every(({ history, turn }) => /^(new|either)$/.test(history.shows(turn)));
    if (!isLast)
      world.violate('half visible', `${why}: the last of a group is new before all: ${show(group)}`);
  };

  return {
    watch(process, by, historyOf) {
      const outputs = new Map<string, string>();
      let own: Pending | undefined;
      const broken = (message: string): void => world.violate('broken rule', `${process.name}: ${message}`);
      return {
        placed: (output, place) => void outputs.set(place, output),
        isDecided: () => own?.phase === 'decided',
        isMember: (output) => [...outputs.values()].includes(output),
        deciding(places, committing) {
          const members = places.flatMap((place) => {
            const output = outputs.get(place) ?? '';
            const history = historyOf(output);
            const turn = committing(output);
            return history === undefined || turn === undefined ? [] : [{ output, history, turn }];
          });
          if (members.length !== places.length) broken(`a group of ${places.join(', ')} has unknown members`);
          const left = new Set(members.map(({ output }) => output));
          own = { process, by, members, place: places.at(-1), left, phase: 'deciding' };
          pending.add(own);
        },
        decided(outcome) {
          if (own === undefined) return;
          if (outcome === 'not decided') withdraw(own);
          else own.phase = outcome;
        },
        committing(output) {
          if (own?.phase !== 'decided') broken(`${output} is published, and its group is not decided`);
          const isLast = own?.members.at(-1)?.output === output;
          if (isLast && (own?.left.size ?? 0) > 1)
            broken(`${output} is published before the rest of its group`);
        },
        committed(output) {
          own?.left.delete(output);
          if (own?.left.size === 0) pending.delete(own);
        },
        reported(state, isExcused) {
          const phase = own?.phase ?? 'not begun';
          const told = `its group is told of as ${state}, is ${phase}, and shows ${own === undefined ? '-' : show(own)}`;
          if (state === 'done' && (own?.phase !== 'decided' || own.left.size > 0)) broken(told);
          if (state === 'incomplete' && (own === undefined || !isExcused)) broken(told);
          if (state !== 'failed' || own === undefined) return;
          if (own.phase === 'decided') broken(told);
          else withdraw(own);
        },
      };
    },
    begun(history, process) {
      for (const group of pending)
        if (group.process !== process && group.members.some((member) => member.history === history))
          resolve(group, `after the repair by ${process.name}`);
    },
    isFinishing: (history, process) =>
      [...pending].some(
        ({ members, place }) =>
          place !== undefined &&
          world.holderOf(place) === process &&
          members.some((member) => member.history === history),
      ),
    look(history, why) {
      for (const group of pending) if (group.members.at(-1)?.history === history) lookAt(group, why);
    },
    powerCut() {
      for (const group of pending) lookAt(group, 'after the power cut');
    },
  };
}
