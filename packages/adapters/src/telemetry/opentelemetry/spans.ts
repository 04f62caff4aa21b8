// Owns the spans of runs: run > output > write > attempt, and the commit below its output. Writes and attempts stand in
// write-spans.ts.
import type { Fact, OutputEnded, RunEnded, WorkerLostFact } from '../facts/fact.js';
import { attribute, eventName, ofEndedOutput, ofError, ofReport, ofTarget } from './attributes.js';
import type { OpenSpans } from './open-spans.js';
import { createWriteSpans } from './write-spans.js';

export interface RunSpans {
  onFact(fact: Fact): void;
  /** A run will be reported: its span waits for that. */
  expectReport(root: string): void;
}

/** Deaths of workers that a span tells one by one; the rest are counted. */
const mostDeaths = 50;

export function createRunSpans(spans: OpenSpans, mostWrites: number): RunSpans {
  const writes = createWriteSpans(spans, mostWrites);
  /** Runs that are to be reported, and how they ended when they have. */
  const expected = new Map<string, RunEnded | undefined>();
  const deaths = new Map<string, number>();

  const endRun = (fact: RunEnded): void => {
    const died = deaths.get(fact.actor);
    deaths.delete(fact.actor);
    if (died !== undefined) spans.set(fact.actor, { 'tailrace.run.workers_lost': died });
    spans.set(fact.actor, { [attribute.state]: fact.state });
    const error = fact.error ?? { code: 'RUN_FAILED', message: 'Some outputs failed.' };
    spans.end(fact.actor, fact.at, fact.state === 'failed' ? error : undefined);
  };

  const endOutput = (fact: OutputEnded): void => {
    const error = fact.state === 'failed' ? fact.error : undefined;
    spans.end(commitOf(fact.actor), fact.at, error);
    spans.set(fact.actor, { ...ofEndedOutput(fact), ...writes.countsOf(fact.actor) });
    spans.end(fact.actor, fact.at, error);
  };

  const workerLost = ({ root, at, worker, error, isDead }: WorkerLostFact): void => {
    // A pool without a run has no span.
    if (!spans.has(root)) return;
    const died = (deaths.get(root) ?? 0) + 1;
    deaths.set(root, died);
    if (died > mostDeaths) return;
    spans.event(root, eventName.workerLost, at, {
      ...ofError(error),
      [attribute.worker]: worker,
      'tailrace.worker.dead': isDead,
    });
  };

  return {
    expectReport(root) {
      expected.set(root, undefined);
    },
    onFact(fact) {
      switch (fact.type) {
        case 'run.began':
          spans.begin(fact.actor, {
            name: `run ${fact.pipeline}`,
            at: fact.at,
            parent: undefined,
            attributes: { [attribute.pipeline]: fact.pipeline, [attribute.runId]: fact.runId },
          });
          break;
        case 'run.ended':
          if (expected.has(fact.actor)) expected.set(fact.actor, fact);
          else endRun(fact);
          break;
        case 'run.reported': {
          const ended = expected.get(fact.root);
          expected.delete(fact.root);
          if (fact.report !== undefined) spans.set(fact.root, ofReport(fact.report));
          if (ended !== undefined) endRun(ended);
          break;
        }
        case 'output.began':
          spans.begin(fact.actor, {
            name: `output ${fact.output}`,
            at: fact.at,
            parent: fact.root,
            attributes: { [attribute.output]: fact.output, ...ofTarget(fact.target) },
          });
          break;
        case 'commit.began':
          spans.begin(commitOf(fact.actor), {
            name: `commit ${fact.output}`,
            at: fact.at,
            parent: fact.actor,
            attributes: { [attribute.output]: fact.output },
          });
          break;
        case 'output.ended':
          endOutput(fact);
          break;
        case 'worker.lost':
          workerLost(fact);
          break;
        default:
          writes.onFact(fact);
      }
    },
  };
}

/** Key of a span that is no actor's. */
const commitOf = (output: string): string => `${output} commit`;
