// Owns which writes have spans, and those of their attempts: the first writes of each output, and later ones that meet
// trouble. The others are counted, and told as numbers of their output.
import type { Attributes } from '@opentelemetry/api';
import type { AttemptBegan, AttemptEnded, Fact, PhaseEnded, WriteBegan, WriteEnded } from '../facts/fact.js';
import { attribute, eventName, ofError } from './attributes.js';
import type { OpenSpans } from './open-spans.js';

/** Attempts of one write that have spans; a retry policy may allow any number. */
const mostAttempts = 20;

interface Counts {
  told: number;
  troubled: number;
  omitted: number;
  retries: number;
  prepared: number;
  failed: number;
  cancelled: number;
}

interface Write {
  readonly began: WriteBegan;
  readonly counts: Counts;
  isTold: boolean;
  attempts: number;
  /** The one under way. */
  attempt: AttemptBegan | undefined;
}

type WriteFact = Extract<Fact, { readonly write: string }>;

export interface WriteSpans {
  onFact(fact: WriteFact): void;
  /** What was counted of an output that has ended. */
  countsOf(output: string): Attributes;
}

/** @param mostWrites writes of each output that have spans, and as many again of those that meet trouble */
export function createWriteSpans(spans: OpenSpans, mostWrites: number): WriteSpans {
  const outputs = new Map<string, Counts>();
  const writes = new Map<string, Write>();

  const countsOf = (output: string): Counts => {
    const known = outputs.get(output);
    if (known !== undefined) return known;
    const counts = { told: 0, troubled: 0, omitted: 0, retries: 0, prepared: 0, failed: 0, cancelled: 0 };
    outputs.set(output, counts);
    return counts;
  };

  const tell = (write: Write): void => {
    const { actor, parent, at, output, write: id } = write.began;
    write.isTold = true;
    const attributes = { [attribute.output]: output, [attribute.write]: id };
    spans.begin(actor, { name: `write ${output}`, at, parent, attributes });
  };

  const tellAttempt = (write: Write, { actor, parent, at, output, worker, attempt }: AttemptBegan): void => {
    write.attempts += 1;
    if (write.attempts > mostAttempts) return;
    const attributes = {
      [attribute.output]: output,
      [attribute.worker]: worker,
      [attribute.attempt]: attempt,
    };
    spans.begin(actor, { name: `attempt ${output}`, at, parent, attributes });
  };

  /** A write that had been left out is told from its beginning, while there are not too many. */
  const meetTrouble = (write: Write): void => {
    if (write.isTold || write.counts.troubled >= mostWrites) return;
    write.counts.troubled += 1;
    write.counts.omitted -= 1;
    tell(write);
    if (write.attempt !== undefined) tellAttempt(write, write.attempt);
  };

  const begin = (fact: WriteBegan): void => {
    const counts = countsOf(fact.parent);
    const write: Write = { began: fact, counts, isTold: false, attempts: 0, attempt: undefined };
    writes.set(fact.actor, write);
    if (counts.told < mostWrites) {
      counts.told += 1;
      tell(write);
    } else counts.omitted += 1;
  };

  const endAttempt = (write: Write | undefined, fact: AttemptEnded): void => {
    if (write !== undefined && fact.state === 'failed') meetTrouble(write);
    if (write !== undefined) write.attempt = undefined;
    spans.set(fact.actor, {
      [attribute.state]: fact.state,
      [attribute.rows]: fact.rows,
      [attribute.batches]: fact.batches,
    });
    spans.end(fact.actor, fact.at, fact.state === 'failed' ? fact.error : undefined);
  };

  const endWrite = (write: Write | undefined, fact: WriteEnded): void => {
    if (write === undefined) return;
    writes.delete(fact.actor);
    write.counts[fact.state] += 1;
    if (fact.state === 'failed') meetTrouble(write);
    spans.set(fact.actor, { [attribute.state]: fact.state, [attribute.writeAttempts]: fact.attempts });
    spans.end(fact.actor, fact.at, fact.state === 'failed' ? fact.error : undefined);
  };

  return {
    onFact(fact) {
      switch (fact.type) {
        case 'write.began':
          begin(fact);
          break;
        case 'write.retried': {
          const write = writes.get(fact.actor);
          if (write === undefined) break;
          write.counts.retries += 1;
          meetTrouble(write);
          if (write.attempts > mostAttempts) break;
          spans.event(fact.actor, eventName.retry, fact.at, {
            ...ofError(fact.error),
            [attribute.attempt]: fact.attempt,
            [attribute.delay]: fact.delayMs / 1_000,
          });
          break;
        }
        case 'write.stalled':
        case 'write.paused': {
          const write = writes.get(fact.actor);
          if (write !== undefined) meetTrouble(write);
          spans.event(
            fact.actor,
            fact.type === 'write.paused' ? eventName.paused : eventName.stalled,
            fact.at,
            {},
          );
          break;
        }
        case 'attempt.began': {
          const write = writes.get(fact.parent);
          if (write === undefined) break;
          write.attempt = fact;
          if (write.isTold) tellAttempt(write, fact);
          break;
        }
        case 'phase.ended':
          spans.event(fact.actor, eventName.phase, fact.at, ofPhase(fact));
          break;
        case 'attempt.ended':
          endAttempt(writes.get(fact.parent), fact);
          break;
        case 'write.ended':
          endWrite(writes.get(fact.actor), fact);
          break;
      }
    },
    countsOf(output) {
      const counts = outputs.get(output);
      outputs.delete(output);
      if (counts === undefined) return {};
      return {
        'tailrace.output.writes.prepared': counts.prepared,
        'tailrace.output.writes.failed': counts.failed,
        'tailrace.output.writes.cancelled': counts.cancelled,
        'tailrace.output.writes.without_span': counts.omitted,
        'tailrace.output.retries': counts.retries,
      };
    },
  };
}

const ofPhase = ({ phase, durationMs }: PhaseEnded): Attributes => ({
  [attribute.phase]: phase,
  [attribute.phaseDuration]: durationMs / 1_000,
});
