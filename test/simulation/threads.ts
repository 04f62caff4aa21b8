// Owns simulated worker threads: the real server of attempts behind a channel with delays; they die, hang, run out of
// memory and answer late when the scenario says so.
import type { PlainError } from '../../packages/core/src/errors/plain-error.js';
import { readSpilled } from '../../packages/core/src/materialise/scratch.js';
import type { StartThread, Thread, ThreadEvents } from '../../packages/core/src/pool/thread.js';
import type { FromWorker, ToWorker } from '../../packages/core/src/wire/messages.js';
import { serveAttempts } from '../../packages/core/src/worker/serve.js';
import { register, unregister, withAddress } from './modules.js';
import type { SimProcess } from './process.js';
import type { Caller, World } from './world.js';

/** What goes wrong with threads in a scenario. Plain data. */
export interface ThreadTrouble {
  /** Chance that a thread dies, hangs or runs out of memory some time after it has begun. */
  readonly rate: number;
  /** Milliseconds within which it does. */
  readonly withinMs: number;
  /** Chance that one never gets ready. */
  readonly bootRate: number;
  /** Factor on the delays of messages. */
  readonly lateness: number;
  /** Whether a thread may stop answering for good: only where writes have a time limit. */
  readonly mayHang: boolean;
}

export interface ThreadOptions {
  readonly world: World;
  readonly process: SimProcess;
  readonly trouble: ThreadTrouble;
  /** No threads at all: attempts run on the main thread, which nothing can end. */
  readonly isInline: boolean;
  readonly onStarted: (attemptId: string) => void;
  readonly onGivenUp: (attemptId: string) => void;
  /** Its thread is being ended. It may still answer, after which it does not end as lost. */
  readonly onLosing: (attemptId: string) => void;
  readonly onEnded: (attemptId: string, outcome: FromWorker['type'] | 'lost') => void;
}

const lost = (message: string): PlainError => ({
  code: 'WORKER_LOST',
  status: 'temporary',
  operation: 'run worker',
  message,
  context: {},
  causes: [],
});

export function createThreads(options: ThreadOptions): StartThread {
  const { world, process, trouble, isInline } = options;
  const dice = process.dice.fork(2);
  let count = 0;
  return (startup, events) => {
    count += 1;
    return startOne(`${process.name}/${startup.name}.${count}`, startup, events);
  };

  function startOne(name: string, startup: Parameters<StartThread>[0], events: ThreadEvents): Thread {
    let gone = false;
    let hung = false;
    let sound = true;
    let lastIn = 0;
    let lastOut = 0;
    const attempts = new Set<string>();
    const waiting: (() => void)[] = [];
    const caller: Caller = {
      name,
      process,
      openFiles: 0,
      isGone: () => gone && !isInline,
      answer: (rest) => within(rest)(),
    };
    /** What this thread does itself: not when it is dead, later when it hangs. */
    const within = (run: () => void): (() => void) =>
      process.guard(() => {
        if (hung) waiting.push(run);
        else if (!caller.isGone()) run();
      });
    const post = (message: FromWorker): void => {
      // In the order in which they were posted, whatever each takes.
      lastOut = Math.max(lastOut, world.time.now + dice.next() * 0.2 * trouble.lateness);
      world.time.after(
        lastOut - world.time.now,
        process.guard(() => {
          if (gone) return;
          deliver(message);
        }),
      );
    };
    const deliver = (message: FromWorker): void => {
      if ('attemptId' in message) {
        world.trace.add(`${name} ${message.type} ${message.attemptId}`);
        if (message.type === 'attempt.failed') world.trace.add(message.error.message);
      }
      if (message.type === 'attempt.failed' || message.type === 'attempt.aborted') sound = false;
      if (
        message.type === 'attempt.failed' ||
        message.type === 'attempt.aborted' ||
        message.type === 'attempt.prepared'
      ) {
        if (attempts.delete(message.attemptId)) options.onEnded(message.attemptId, message.type);
      }
      events.message(message);
    };
    const end = (error: PlainError | undefined): void => {
      if (gone) return;
      gone = true;
      // On the main thread nothing ends what the attempt is doing.
      if (!isInline) unregister(name);
      world.trace.add(`${name} ends${error === undefined ? '' : `: ${error.message}`}`);
      // A thread that dies takes its files with it.
      if (error === undefined && sound && caller.openFiles > 0 && world.faults.size === 0)
        world.violate('broken rule', `${name} leaves ${caller.openFiles} files open`);
      for (const attemptId of attempts) options.onEnded(attemptId, 'lost');
      attempts.clear();
      events.ended(error);
    };
    const die = (how: string): void => {
      if (gone) return;
      world.count(how);
      end(lost(`Worker ${startup.name} died: ${how}.`));
    };
    const server = serveAttempts(
      startup,
      {
        post,
        stopped: () => {
          world.time.after(
            dice.next() * (sound ? 0.1 : 1),
            process.guard(() => end(undefined)),
          );
        },
      },
      {
        clock: {
          now: () => world.time.now,
          yield: () =>
            new Promise((resolve) => {
              world.time.after(dice.next() * 0.05, within(resolve));
            }),
        },
        readSpilled: (path) => readSpilled(path, process.scratchFs),
      },
    );
    register(name, { store: process.storeFor(caller), thread: { name, isInline, die } });
    const isBroken = !isInline && dice.chance(trouble.bootRate);
    if (isBroken) world.count('thread that never gets ready');
    else
      world.time.after(
        dice.next() * 5,
        process.guard(() => deliver({ type: 'worker.ready' })),
      );
    if (!isInline && dice.chance(trouble.rate)) planTrouble();

    function planTrouble(): void {
      const kind = dice.pick(['death of a thread', 'thread out of memory', 'hung thread', 'late thread']);
      world.time.after(
        dice.next() * trouble.withinMs,
        process.guard(() => {
          if (gone) return;
          if (kind !== 'hung thread' && kind !== 'late thread') {
            die(kind);
            return;
          }
          hung = true;
          world.count(kind);
          world.trace.add(`${name}: ${kind}`);
          if (kind === 'hung thread' && trouble.mayHang) return;
          world.time.after(
            dice.next() * 20_000,
            process.guard(() => {
              hung = false;
              for (const run of waiting.splice(0)) if (!caller.isGone()) run();
            }),
          );
        }),
      );
    }

    return {
      post(message: ToWorker) {
        if (gone) return;
        lastIn = Math.max(lastIn, world.time.now + dice.next() * 0.2 * trouble.lateness);
        if (message.type === 'attempt.start') {
          attempts.add(message.spec.attemptId);
          options.onStarted(message.spec.attemptId);
        }
        if (message.type === 'attempt.cancel') options.onGivenUp(message.attemptId);
        const own = withAddress(message, name);
        world.time.after(
          lastIn - world.time.now,
          within(() => server.receive(own)),
        );
      },
      async terminate() {
        if (gone) return;
        for (const attemptId of attempts) options.onLosing(attemptId);
        if (!isInline) {
          await new Promise<void>((resolve) => {
            world.time.after(dice.next() * 2, process.guard(resolve));
          });
        }
        end(lost(`Worker ${startup.name} was ended because it did not answer.`));
      },
      keepAlive: () => undefined,
    };
  }
}
