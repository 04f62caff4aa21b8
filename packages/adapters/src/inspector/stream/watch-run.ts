// Owns what is read of a run beside its actors: its graph, a look a few times a second, its report. It never changes a run.
import { type Clock, messageOf, type Pipeline, type Report, type Run } from '@tailrace/core';
import { cleanText } from '../../secrets/clean-text.js';
import { brokenDown, type GraphMessage, type ProgressMessage, type ReportMessage } from './message.js';
import { createSourceLanes } from './source-lanes.js';
import type { Stream } from './stream.js';

/** Characters of a target, and of the message of an error in a report, that are told. */
const mostCharacters = 4_096;

/** What the inspector reads of a run beside its actors: its progress, its report when it has settled, and which actor it is. A `Run` is one. */
export type WatchedRun = Pick<Run, 'progress' | 'settled' | 'actor'>;

export interface WatchOptions {
  readonly clock: Clock;
  /** Milliseconds between two looks. */
  readonly everyMs: number;
  /** Resident memory of the process, in bytes. */
  readonly memoryBytes: () => number;
  /** False: of errors only their codes are told. Default true. */
  readonly errorMessages?: boolean | undefined;
}

/** Tells the stream of a run until it has ended; returns how to stop that. */
export function watchRun(
  stream: Stream,
  run: WatchedRun,
  described: ReturnType<Pipeline['describe']>,
  { clock, everyMs, memoryBytes, errorMessages = true }: WatchOptions,
): () => void {
  const runId = run.actor.sessionId;
  let timer: unknown;
  let isOver = false;
  const laneTimes = createSourceLanes(runId, stream.laneTime());
  let last: ProgressMessage | undefined;
  /** Nobody catches what is thrown in a timer: where what has broken the run breaks its progress too, the last look stands. */
  const seen = (): ProgressMessage => {
    const at = clock.wallTime();
    try {
      last = progressOf(run, at, memoryBytes());
    } catch (error) {
      if (last === undefined) throw error;
      last = { ...last, at };
    }
    return last;
  };
  const look = (state?: string): void => {
    const message = state === undefined ? seen() : { ...seen(), state };
    for (const lane of laneTimes(message.stages, stream.laneTime(), message.state !== 'running'))
      stream.tell(lane);
    stream.tell(message);
  };
  const tick = (): void => {
    look();
    timer = clock.setTimeout(tick, everyMs);
  };
  // Lanes show a crash at once: numbers beside them that were older by a whole interval would contradict them.
  const unsubscribe = stream.subscribe(({ message }) => {
    if (message.type !== '@tailrace.problem' || message.state !== 'crashed') return;
    clock.clearTimeout(timer);
    timer = clock.setTimeout(tick, 0);
  });
  const stop = (): void => {
    isOver = true;
    unsubscribe();
    clock.clearTimeout(timer);
  };
  stream.tell(graphOf(described, clock.wallTime(), runId));
  tick();
  run.settled
    .then(
      (report) => {
        if (isOver) return;
        stop();
        look();
        stream.tell(reportOf(report, clock.wallTime(), runId, errorMessages));
      },
      // A run without a report has broken down; whoever awaits it is told of what.
      () => {
        if (isOver) return;
        stop();
        look(brokenDown);
      },
    )
    // What nobody catches would end the process of the run.
    .catch((error) => {
      const why = errorMessages ? `: ${cleanText(messageOf(error), mostCharacters)}` : '';
      process.emitWarning(`The inspector cannot tell the end of run ${runId}${why}.`, {
        type: 'TailraceWarning',
        code: 'TAILRACE_INSPECTOR_RUN',
      });
    });
  return stop;
}

function graphOf(described: ReturnType<Pipeline['describe']>, at: number, run: string): GraphMessage {
  return {
    type: '@tailrace.graph',
    at,
    run,
    pipeline: described.name,
    nodes: described.nodes.map(({ name, kind }) => ({ name, kind })),
    edges: described.edges.map(({ from, to }) => ({ from, to })),
    outputs: described.outputs.map(({ name, from, target }) => ({
      name,
      from,
      target: cleanText(target, mostCharacters),
    })),
  };
}

function progressOf(run: WatchedRun, at: number, memoryBytes: number): ProgressMessage {
  const progress = run.progress();
  const { elapsedMs, state, workers, bytesHeld, bytesLimit, bytesHighWater, bytesLowWater } = progress;
  const totals = new Map(progress.sources.map(({ name, totalRows }) => [name, totalRows]));
  return {
    type: '@tailrace.progress',
    at,
    run: run.actor.sessionId,
    elapsedMs,
    state,
    bytesHeld,
    bytesLimit,
    bytesHighWater,
    bytesLowWater,
    memoryBytes,
    workers,
    stages: progress.stages.map((stage) => ({
      name: stage.name,
      state: stage.state,
      rows: stage.rows,
      totalRows: totals.get(stage.name),
      busyMs: stage.busyMs,
      readMs: stage.readMs,
      blockedMs: stage.blockedMs,
      heldUpMs: stage.heldUpMs,
    })),
    outputs: progress.outputs.map(
      ({ name, state: of, kept, rows, heldBytes, busyMs, bytesWritten, writes }) => {
        const { active, retrying, paused, prepared, failed } = writes;
        return {
          name,
          state: of,
          kept,
          rows,
          heldBytes,
          bytesWritten,
          busyMs,
          active,
          retrying,
          paused,
          prepared,
          failed,
        };
      },
    ),
  };
}

function reportOf(report: Report, at: number, run: string, errorMessages: boolean): ReportMessage {
  const { state, elapsedMs, rows, bytes, workers, computeMs, writeMs, blockedMs, tailMs } = report;
  return {
    type: '@tailrace.report',
    at,
    run,
    state,
    elapsedMs,
    rows,
    bytes,
    workers,
    computeMs,
    writeMs,
    blockedMs,
    tailMs,
    advice: report.advice.text,
    outputs: report.outputs.map((output) => ({
      name: output.name,
      state: output.state,
      rows: output.rows,
      bytes: output.bytes,
      writes: output.writes,
      attempts: output.attempts,
      error:
        output.error && cleanText(errorMessages ? output.error.message : output.error.code, mostCharacters),
    })),
  };
}
