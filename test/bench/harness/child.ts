// Owns the child's side of a contender: loads its module, runs rounds when asked and measures them.
import { setTimeout as delay } from 'node:timers/promises';
import type {
  Contender,
  FromContender,
  OpenContender,
  RoundReport,
  ToContender,
  Watch,
} from './contender.js';
import { machineBusySeconds } from './foreign-load.js';
import { peakRssBytes, resetPeakRss } from './resident-set.js';

let contender: Contender<unknown> | undefined;

async function answer(message: ToContender): Promise<FromContender> {
  switch (message.kind) {
    case 'open': {
      // The parent names modules that export `open`; options and input are checked where they are made.
      const module = (await import(message.module)) as { open: OpenContender<unknown, unknown> };
      contender = await module.open(message.options);
      return { kind: 'opened' };
    }
    case 'round': {
      if (contender === undefined) throw new Error('A round was asked for before the contender was opened.');
      return { kind: 'done', report: await measured(contender, message.input) };
    }
    case 'close':
      await contender?.close();
      return { kind: 'closed' };
  }
}

async function measured(of: Contender<unknown>, input: unknown): Promise<RoundReport> {
  // What the last round left is not this round's; finalisers of native objects run after a turn of the loop.
  globalThis.gc?.();
  await delay(10);
  globalThis.gc?.();
  let startRss = 0;
  let startCpu = process.cpuUsage();
  let startBusy: number | undefined;
  let startedAt = 0;
  let end: Omit<RoundReport, 'startRssBytes' | 'figures'> | undefined;
  const watch: Watch = {
    start() {
      resetPeakRss();
      startRss = process.memoryUsage.rss();
      startBusy = machineBusySeconds();
      startCpu = process.cpuUsage();
      startedAt = performance.now();
    },
    stop() {
      const seconds = (performance.now() - startedAt) / 1_000;
      const { user, system } = process.cpuUsage(startCpu);
      const cpuSeconds = (user + system) / 1e6;
      const busy = (machineBusySeconds() ?? 0) - (startBusy ?? 0);
      end = {
        seconds,
        cpuSeconds,
        othersSeconds: Math.max(0, busy - cpuSeconds),
        peakRssBytes: peakRssBytes(),
      };
    },
  };
  watch.start();
  const figures = await of.round(input, watch);
  if (end === undefined) watch.stop();
  // `stop` has assigned it, which control flow analysis cannot see.
  return { ...(end as unknown as NonNullable<typeof end>), startRssBytes: startRss, figures };
}

function send(message: FromContender): void {
  process.send?.(message);
}

process.on('message', (message: ToContender) => {
  answer(message).then(send, (error: unknown) => {
    send({
      kind: 'failed',
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  });
});
process.on('disconnect', () => process.exit(0));
