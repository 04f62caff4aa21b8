// Owns the spans that are open, by the id of their actor, and the passing of them to OpenTelemetry's API. What is told of a
// span that is not there is left out: it was not to be told, or could not be begun.
import type * as Api from '@opentelemetry/api';
import type { Attributes, Context, HrTime, Span, Tracer } from '@opentelemetry/api';
import type { SaidError } from '../facts/fact.js';
import { attribute, eventName, ofError } from './attributes.js';

export type SpanApi = Pick<typeof Api, 'trace' | 'context' | 'SpanStatusCode'>;

export interface SpanBegin {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Whose child it is; what is not open stands for the span that is active where this is called. */
  readonly parent: string | undefined;
  readonly attributes: Attributes;
}

export interface OpenSpans {
  has(key: string): boolean;
  begin(key: string, span: SpanBegin): void;
  event(key: string, name: string, at: number, attributes: Attributes): void;
  set(key: string, attributes: Attributes): void;
  /** @param error makes it a span that has failed */
  end(key: string, at: number, error: SaidError | undefined): void;
  /** Ends all that are open, the last begun first. */
  endAll(at: number): void;
}

interface OpenSpan {
  readonly span: Span;
  readonly context: Context;
  readonly parent: OpenSpan | undefined;
  /** Milliseconds since 1970. */
  endedAt: number | undefined;
}

export function createOpenSpans(api: SpanApi, tracer: Tracer): OpenSpans {
  const open = new Map<string, OpenSpan>();
  const end = (key: string, toldAt: number, error: SaidError | undefined): void => {
    const ended = open.get(key);
    if (ended === undefined) return;
    // Whatever happens below: a span is ended once.
    open.delete(key);
    const { span, parent } = ended;
    // XState tells of a parent that ends with its child before it tells of the child.
    const at = Math.min(toldAt, parent?.endedAt ?? toldAt);
    ended.endedAt = at;
    if (error !== undefined) {
      span.setAttribute(attribute.errorType, error.code);
      span.addEvent(eventName.exception, ofError(error), timeOf(at));
      span.setStatus({ code: api.SpanStatusCode.ERROR, message: error.message });
    }
    span.end(timeOf(at));
  };
  return {
    has: (key) => open.has(key),
    begin(key, { name, at, parent, attributes }) {
      const above = open.get(parent ?? '');
      const context = above?.context ?? api.context.active();
      const span = tracer.startSpan(name, { startTime: timeOf(at), attributes }, context);
      open.set(key, { span, context: api.trace.setSpan(context, span), parent: above, endedAt: undefined });
    },
    event: (key, name, at, attributes) => void open.get(key)?.span.addEvent(name, attributes, timeOf(at)),
    set: (key, attributes) => void open.get(key)?.span.setAttributes(attributes),
    end,
    endAll(at) {
      for (const key of [...open.keys()].reverse()) end(key, at, undefined);
    },
  };
}

/** Seconds and nanoseconds: a number alone would be guessed at. */
function timeOf(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.round((ms - seconds * 1_000) * 1e6)];
}
