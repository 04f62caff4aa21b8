// Owns how processes end before their time: killed, or with the power, at a moment that their plan has counted out.
import type { Groups } from './group-rules.js';
import type { History } from './history.js';
import type { EndPlan } from './plans.js';
import type { SimProcess } from './process.js';
import type { RunningProcess } from './run-process.js';
import type { World } from './world.js';

export interface Cuts {
  plan(process: SimProcess, end: EndPlan): void;
  step(): void;
  namingCall(): void;
  /** A group of this process was decided. */
  decided(process: SimProcess): void;
}

/** Ends processes before their time. */
export function createCuts(
  world: World,
  histories: readonly History[],
  groups: Groups,
  running: readonly RunningProcess[],
): Cuts {
  const planned: { readonly process: SimProcess; readonly end: EndPlan; left: number }[] = [];
  const decided = new Set<SimProcess>();
  const cut = (process: SimProcess, how: EndPlan['how']): void => {
    if (running.some((one) => one.process === process && one.ended)) return;
    world.count(how);
    if (how === 'kill -9') {
      process.kill();
      return;
    }
    for (const one of running) one.process.kill();
    world.trace.add('the power is cut');
    world.disk = world.disk.afterPowerCut(world.dice, world.trouble.ordered);
    for (const history of histories) history.powerCut();
    groups.powerCut();
  };
  const count = (at: EndPlan['at']): void => {
    for (const one of planned) {
      if (one.end.at !== at || !one.process.alive) continue;
      if (at === 'decision' && !decided.has(one.process)) continue;
      one.left -= 1;
      if (one.left === 0) cut(one.process, one.end.how);
    }
  };
  return {
    plan: (process, end) => void planned.push({ process, end, left: end.count }),
    step: () => count('step'),
    namingCall() {
      count('naming call');
      if (decided.size > 0) count('decision');
    },
    decided: (process) => void decided.add(process),
  };
}
