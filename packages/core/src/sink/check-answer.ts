// Owns the look at what users' sinks and formats answer, where it comes in: a forgotten return value is found here, with
// what to write, and not later as lost rows. It never looks at rows.
import { TailraceError } from '../errors/tailrace-error.js';
import type { Encoder } from './format.js';
import type { Begun, Prepared, SinkWriter } from './sink.js';

/** Gives back what `begin` of a sink resolved with. Throws MODULE_INVALID when it is neither a skip nor a staging place. */
export function checkedBegun(answer: unknown, sink: string): Begun<unknown> {
  const form = '{ skip: false, staging }, where staging is plain data, or { skip: true }';
  if (!isRecord(answer) || typeof answer.skip !== 'boolean') {
    throw refused(`begin() of the sink ${sink} resolved with ${nameOf(answer)}`, `${form}.`);
  }
  if (answer.skip) return { skip: true };
  if (!isCloneable(answer.staging)) {
    throw refused(
      `begin() of the sink ${sink} resolved with a staging that cannot be sent to a worker`,
      `${form}.`,
    );
  }
  return { skip: false, staging: answer.staging };
}

/** Gives back the writer that `open` of a sink resolved with. Throws MODULE_INVALID when it is none. */
export function checkedWriter(answer: unknown, sink: string): SinkWriter {
  const missing = missingFrom(answer, ['write', 'prepare', 'abort']);
  // The methods are there; their signatures cannot be checked at run time.
  if (missing === undefined) return answer as SinkWriter;
  throw refused(
    `open() of the sink ${sink} resolved with ${missing}`,
    '{ write(batch) {...}, prepare() {...}, abort() {...} }.',
  );
}

/** Gives back what `prepare` of a writer resolved with. Throws MODULE_INVALID when it does not say what is prepared. */
export function checkedPrepared(answer: unknown, sink: string): Prepared {
  const form = '{ rows, bytes, files: [], part }, where part is plain data for its commit().';
  const isWhole =
    isRecord(answer) &&
    Number.isSafeInteger(answer.rows) &&
    typeof answer.bytes === 'number' &&
    Array.isArray(answer.files);
  if (!isWhole) throw refused(`prepare() of the sink ${sink} resolved with ${nameOf(answer)}`, form);
  if (!isCloneable(answer)) {
    throw refused(`prepare() of the sink ${sink} resolved with what cannot be sent to the main thread`, form);
  }
  // Its numbers and its list are there; what the files say is checked where they are published.
  return answer as unknown as Prepared;
}

/** Gives back the encoder that `open` of a format resolved with. Throws MODULE_INVALID when it is none. */
export function checkedEncoder(answer: unknown, format: string): Encoder {
  const missing = missingFrom(answer, ['write', 'finish', 'abort']);
  // As for a writer.
  if (missing === undefined) return answer as Encoder;
  throw refused(
    `open() of the format ${format} resolved with ${missing}`,
    '{ write(batch) {...}, finish() {...}, abort() {...}, get encodedBytes() {...} }.',
  );
}

function missingFrom(answer: unknown, methods: readonly string[]): string | undefined {
  if (!isRecord(answer)) return nameOf(answer);
  const missing = methods.filter((method) => typeof answer[method] !== 'function');
  return missing.length === 0
    ? undefined
    : `an object without ${missing.map((method) => `${method}()`).join(', ')}`;
}

function refused(what: string, form: string): TailraceError {
  return new TailraceError(`${what}. Let it resolve with ${form}`, {
    code: 'MODULE_INVALID',
    operation: 'check answer',
  });
}

function isRecord(answer: unknown): answer is Readonly<Record<string, unknown>> {
  return typeof answer === 'object' && answer !== null;
}

function isCloneable(answer: unknown): boolean {
  try {
    structuredClone(answer);
    return true;
  } catch {
    return false;
  }
}

function nameOf(answer: unknown): string {
  if (answer === undefined) return 'nothing';
  if (isRecord(answer)) return `an object with ${Object.keys(answer).join(', ') || 'nothing in it'}`;
  return answer === null ? 'null' : `a ${typeof answer}`;
}
