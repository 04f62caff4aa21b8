// Owns what makes a node's items: the subscription of an operator or a join, and the pump of a source.
import { isObservable, type Observable, Subscriber } from 'rxjs';
import { CancelledError } from '../errors/named-errors.js';
import { TailraceError } from '../errors/tailrace-error.js';
import { inFlowContext, swapFlowContext } from '../materialise/flow-context.js';
import { pump } from '../source/pump.js';
import type { PushStats, Source } from '../source/source.js';
import type { Clock } from '../time/clock.js';
import type { Engine, Node } from './node.js';

/** @param open applies the operator or the join to its inputs' streams */
export function operatorEngine(pipeline: string, node: Node, open: () => Observable<unknown>): Engine {
  const subscriber: Subscriber<unknown> = new Subscriber({
    next: node.next,
    error: node.fail,
    complete: node.complete,
  });
  return {
    start() {
      try {
        inFlowContext(node.context, () => {
          const result: unknown = open();
          if (!isObservable(result)) throw notAStream(pipeline, node.name, result);
          result.subscribe(subscriber);
        });
      } catch (error) {
        node.fail(error);
      }
    },
    stop() {
      subscriber.unsubscribe();
    },
  };
}

function notAStream(pipeline: string, stage: string, result: unknown): TailraceError {
  return new TailraceError(
    `Stage '${stage}' of pipeline '${pipeline}' returned ${result === null ? 'null' : typeof result}, not an Observable. ` +
      'Return the stream that its operator or join makes of its inputs.',
    { code: 'STAGE_FAILED', operation: 'run stage', context: { pipeline, stage } },
  );
}

export interface SourceEngineOptions {
  readonly node: Node;
  readonly source: Source<unknown>;
  readonly clock: Clock;
  onLateError(error: TailraceError): void;
  /** Called when the pump starts; what it returns, once, when that has ended. */
  track(): () => void;
}

export function sourceEngine({ node, source, clock, onLateError, track }: SourceEngineOptions): Engine {
  const controller = new AbortController();
  const complete = (): void => {
    // Aggregations below do their work now.
    const from = clock.now();
    node.complete();
    node.meter.busyMs += clock.now() - from;
  };
  return {
    start() {
      // A source is part of no stage, though it is started while one subscribes.
      const outer = swapFlowContext(undefined);
      const ended = track();
      // Where an opening does not count for itself: the source's counts are of all of them, in other runs too.
      const before = source.stats?.();
      if (before !== undefined) node.meter.pushed = () => pushedSince(source, before);
      const counted: Pick<Source<unknown>, 'name' | 'totalItems' | 'open'> = {
        ...(source.name === undefined ? {} : { name: source.name }),
        totalItems: source.totalItems,
        open(signal) {
          const opening = source.open(signal);
          // Of this reading alone: another node may read the same source.
          if (opening.stats !== undefined) node.meter.pushed = () => opening.stats?.() ?? nothingPushed;
          return opening;
        },
      };
      try {
        const running = pump(counted, {
          next: node.next,
          downstream: node.gate.downstream,
          clock,
          signal: controller.signal,
          times: node.meter,
          isHeldUp: () => node.gate.shut,
          onLeaveError: onLateError,
        });
        // A failure has been handled by the node when this settles.
        running.then(complete, node.fail).then(ended, ended);
      } finally {
        swapFlowContext(outer);
      }
    },
    stop() {
      controller.abort(
        new CancelledError(`Source '${node.name}' is not read any further.`, {
          operation: 'read source',
          context: { stage: node.name },
        }),
      );
    },
  };
}

const nothingPushed = { receivedItems: 0, droppedItems: 0 } as const;

function pushedSince(
  source: Source<unknown>,
  before: PushStats,
): Pick<PushStats, 'receivedItems' | 'droppedItems'> {
  const now = source.stats?.() ?? before;
  return {
    receivedItems: now.receivedItems - before.receivedItems,
    droppedItems: now.droppedItems - before.droppedItems,
  };
}
