// Owns one simulated world from its seed to its end: processes one after the other or together, kills and power cuts, and
// at last a run without faults that must find everything in order.
import type { BeginContext } from '../../packages/core/src/sink/sink.js';
import type { StoreTarget } from '../../packages/core/src/sink/store.js';
import { type Cuts, createCuts } from './cuts.js';
import { createDice } from './dice.js';
import type { CallName } from './faults.js';
import { createGroups, type Groups } from './group-rules.js';
import { createHistory, type History } from './history.js';
import { installVersion } from './install.js';
import { createJobRules } from './job-rules.js';
import { forgetAll, loadModules } from './modules.js';
import { leftovers } from './observe.js';
import type { Scenario } from './plans.js';
import { createProcess } from './process.js';
import type { RowChoice } from './rows.js';
import { type RunningProcess, runProcess } from './run-process.js';
import { scenarioOf, soundDisk, soundThreads } from './scenario.js';
import { createWorld, type Violation, type World } from './world.js';

export interface Outcome {
  readonly seed: number;
  readonly scenario: Scenario;
  readonly violations: readonly Violation[];
  /** Equal for equal worlds. */
  readonly hash: string;
  readonly steps: number;
  /** Runs of pipelines that were begun. */
  readonly runs: number;
  readonly virtualMs: number;
  readonly faults: ReadonlyMap<string, number>;
  readonly tail: readonly string[];
  /** Outputs by how they ended; `cut short` with their process. */
  readonly outputs: ReadonlyMap<string, number>;
}

/** Milliseconds of virtual time after which a process that has not ended hangs. */
const deadlineMs = 3_600_000;
const existingBy = 'p0';
const existing: RowChoice = { rows: 7, without: 0, textLength: 8 };
const namingCalls: ReadonlySet<CallName> = new Set([
  'create',
  'mkdir',
  'rename',
  'link',
  'unlink',
  'rmdir',
  'sync',
]);

/**
 * Runs one world. Rejects only for errors of the simulation itself.
 * @param tailLines last lines of the trace that are kept
 */
export async function simulate(seed: number, tailLines = 80): Promise<Outcome> {
  await loadModules();
  const scenario = scenarioOf(seed);
  const world = createWorld(createDice(seed).fork(99), scenario.disk, tailLines);
  const histories = scenario.targets.map((target, index) => {
    const choices = choicesOf(scenario, index);
    const history = createHistory({ world, target, expected: (by) => choices.get(by) });
    if (target.existing) {
      installVersion(world.disk, target, existingBy, existing);
      history.start(existingBy);
    }
    return history;
  });
  const rejections: unknown[] = [];
  const onRejection = (error: unknown): void => void rejections.push(error);
  process.on('unhandledRejection', onRejection);

  const running: RunningProcess[] = [];
  const groups = createGroups(world);
  const jobRules = createJobRules(world);
  const cuts = createCuts(world, histories, groups, running);
  watchPaths(world, scenario, histories, groups, cuts);
  const begin = (index: number): void => {
    const plan = scenario.processes[index];
    if (plan === undefined) return;
    const simulated = createProcess(world, plan.name, createDice(seed).fork(1_000 + index));
    if (plan.job !== undefined) {
      // A program has exited before its job is run again.
      for (const { process: one } of running) one.kill();
      jobRules.begins(plan.name, plan.job);
      if (plan.job.isLast) world.calm(soundDisk);
    }
    world.trace.add(`${plan.name} begins`);
    const { targets, watched } = scenario;
    const threads = plan.job?.isLast === true ? soundThreads : scenario.threads;
    const onDecided = (): void => cuts.decided(simulated);
    const around = { world, histories, groups, jobRules, targets, threads, watched, onDecided };
    running.push(runProcess({ ...around, process: simulated, plan }));
    if (plan.end !== undefined) cuts.plan(simulated, plan.end);
  };
  const isOver = (one: RunningProcess): boolean => one.ended || !one.process.alive;
  const turn = (): boolean => {
    cuts.step();
    for (const one of running) if (one.process.alive) one.check();
    return running.every(isOver) && running.length >= started;
  };

  let started = 0;
  for (const [index, plan] of scenario.processes.entries()) {
    if (plan.startMs !== undefined) {
      // Together with the others, each at its time.
      world.time.after(plan.startMs, () => begin(index));
      started += 1;
    }
  }
  for (const [index, plan] of scenario.processes.entries()) {
    if (plan.startMs === undefined) {
      begin(index);
      started += 1;
    } else if (index > 0) {
      continue;
    }
    const end = await world.time.drive(turn, world.time.now + deadlineMs);
    if (end !== 'over') {
      const names = running.filter((one) => !isOver(one)).map(({ process: { name } }) => name);
      world.violate('hung', `${names.join(' and ')} ${end === 'late' ? 'take an hour' : 'wait for nothing'}`);
      break;
    }
  }
  if (world.violations.length === 0) await finish(world, scenario, histories, groups, running);
  // What was rejected and not handled is told when the loop turns.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', onRejection);
  for (const error of rejections)
    world.violate(
      'broken rule',
      `unhandled rejection: ${error instanceof Error ? error.stack : String(error)}`,
    );
  forgetAll();
  return outcomeOf(world, scenario, running);
}

/** What each process writes to a target, or would have written. */
function choicesOf({ processes }: Scenario, target: number): ReadonlyMap<string, RowChoice> {
  const choices = new Map([[existingBy, existing]]);
  for (const { by, rows, textLength, outputs } of processes) {
    const output = outputs.find((candidate) => candidate.target === target);
    if (output !== undefined)
      choices.set(by, { rows, textLength, without: output.without, parts: output.parts });
  }
  return choices;
}

function outcomeOf(world: World, scenario: Scenario, running: readonly RunningProcess[]): Outcome {
  const outputs = new Map<string, number>();
  for (const { plan, report } of running) {
    for (const { name } of plan.outputs) {
      const state = report?.outputs.find((output) => output.name === name)?.state ?? 'cut short';
      outputs.set(state, (outputs.get(state) ?? 0) + 1);
    }
  }
  return {
    seed: scenario.seed,
    scenario,
    violations: world.violations,
    hash: world.trace.hash,
    steps: world.time.steps,
    runs: running.length,
    virtualMs: world.time.now,
    faults: world.faults,
    tail: world.trace.tail(),
    outputs,
  };
}

/** Looks at a target whenever a call may have changed what is visible there. */
function watchPaths(
  world: World,
  { targets }: Scenario,
  histories: readonly History[],
  groups: Groups,
  cuts: Cuts,
): void {
  world.onRelease = (process, path) => {
    for (const [index, target] of targets.entries())
      if (target.path === path) histories[index]?.released(process.name);
  };
  world.onCall = (caller, made) => {
    const { call, path, to } = made;
    for (const [index, target] of targets.entries()) {
      // Generations are numbered so that they need no lease.
      const isExchange = (call === 'rename' || call === 'link') && target.publish === 'swap';
      const isTarget = path === target.path || to === target.path;
      // One that hung, and was made with the lease, finds nothing left to move when somebody else has finished the exchange.
      const isMoot = made.isHeld === true && made.hasFailed === true;
      const history = histories[index];
      const isHolder =
        world.holderOf(target.path) === caller.process ||
        (history !== undefined && groups.isFinishing(history, caller.process));
      if (isExchange && isTarget && caller.process.alive && !isHolder && !isMoot)
        world.violate('broken rule', `${caller.name} exchanges ${target.path} without holding it`);
      const isThere = (at: string): boolean => at === target.path || at.startsWith(`${target.path}/`);
      if (history === undefined || call === 'lstat' || call === 'readdir') continue;
      if (!isThere(path) && !(to !== undefined && isThere(to))) continue;
      history.look(`after ${call} by ${caller.name}`, made);
      groups.look(history, `after ${call} by ${caller.name}`);
    }
    if (namingCalls.has(call) && caller.process.alive) cuts.namingCall();
  };
}

/** Lets zombies come to rest, then opens every target as the next run would, on a sound disk. */
async function finish(
  world: World,
  scenario: Scenario,
  histories: readonly History[],
  groups: Groups,
  running: readonly RunningProcess[],
): Promise<void> {
  await world.time.drive(() => false, Number.POSITIVE_INFINITY);
  const isSound = world.faults.size === 0;
  const left = leftovers(world.disk, scenario.targets);
  if (isSound && left.length > 0) world.violate('broken rule', `left behind: ${left.join(', ')}`);
  for (const { process: one } of running) {
    if (one.alive && isSound && one.main.openFiles > 0)
      world.violate('broken rule', `${one.name} has ${one.main.openFiles} files open at its end`);
    for (const { path } of scenario.targets)
      if (world.holderOf(path) === one) world.violate('broken rule', `${one.name} still holds ${path}`);
  }
  world.calm(soundDisk);
  const last = createProcess(world, 'last', createDice(scenario.seed).fork(5_000));
  const store = last.storeFor(last.main);
  let done = false;
  const repair = async (): Promise<void> => {
    for (const { path, kind, publish } of scenario.targets) {
      const common = { mode: 'ignore', adopt: true, runId: 'last', output: 'last' } as const;
      const target: StoreTarget = { path, kind, publish, ...common };
      const options = { kind: 'local' } as const;
      const { signal }: Pick<BeginContext<unknown>, 'signal'> = new AbortController();
      const begun = await store.begin({ options, target, signal });
      if (begun !== 'skip') await store.abort({ options, target, signal, staging: begun.staging });
    }
    done = true;
  };
  repair().catch((error: unknown) => {
    world.violate('broken rule', `the last repair failed: ${String(error)}`);
    done = true;
  });
  const end = await world.time.drive(() => done, world.time.now + deadlineMs);
  if (end !== 'over') world.violate('hung', 'the last repair');
  for (const history of histories) {
    groups.begun(history, last);
    history.begun('last');
    history.final();
  }
  const still = leftovers(world.disk, scenario.targets).filter((path) => !isOrphan(world, path));
  if (still.length > 0) world.violate('broken rule', `still left after the next run: ${still.join(', ')}`);
}

/**
 * What a power cut may leave for ever on a disk without an ordered journal: a stage whose mark is gone, or a version moved
 * aside whose stage is. Hidden, and nobody's data; see the README of this folder.
 */
function isOrphan(world: World, path: string): boolean {
  if (world.trouble.ordered || !world.faults.has('power cut')) return false;
  const stage = path.replace('.old-', '.stage-');
  return world.disk.find(`${stage}/.tailrace`) === undefined;
}
