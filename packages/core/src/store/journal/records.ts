// Owns what a journal tells: its records, and how they are checked when they are read back. It knows no files.
import { decode, encode } from '@msgpack/msgpack';
import type { Schema } from '../../batch/schema.js';
import { isRecord } from '../plain-object.js';

/** What an output of a job is, and under which run it was found published when the record was written. */
export interface JobOutput {
  readonly name: string;
  /** Of everything that decides what the output holds; see pipeline/resume-key.ts. */
  readonly key: string;
  /** The run that had published it already, when it is not to be written again. */
  readonly kept: string | null;
}

/** A job begins, or begins anew: what is published from here on is published under this run id. */
export interface RunRecord {
  readonly type: 'run';
  readonly runId: string;
  readonly pipeline: string;
  /** Of the pipeline's shape and version. */
  readonly graph: string;
  readonly durable: boolean;
  /** Fingerprints by source; null for a source that has none. */
  readonly sources: readonly (readonly [name: string, fingerprint: string | null])[];
  readonly outputs: readonly JobOutput[];
}

/** What outputs are written from, of one stage, on stable storage. */
export interface SpilledStage {
  readonly stage: string;
  /** Null when the stage emitted nothing and declared nothing. */
  readonly schema: Schema | null;
  readonly batches: number;
  readonly rows: number;
  /** Rows that the stage refused beside them; absent when none might be. */
  readonly rejected?: number | undefined;
  readonly bytes: number;
  /** Of the names of its files, which hold the checksums of their contents. */
  readonly checksum: string;
}
export interface MaterialisedRecord {
  readonly type: 'materialised';
  readonly runId: string;
  readonly stages: readonly SpilledStage[];
}

/** An output is about to be committed. */
export interface IntentRecord {
  readonly type: 'intent';
  readonly runId: string;
  readonly output: string;
  readonly key: string;
  readonly target: string;
}

/** It was. The target says so too, and is believed before this record. */
export interface CommittedRecord {
  readonly type: 'committed';
  readonly runId: string;
  readonly output: string;
  readonly key: string;
  readonly rows: number;
  /** Rows that the stage refused beside them; absent when none might be. */
  readonly rejected?: number | undefined;
  readonly bytes: number;
  readonly files: number;
}

/** What a stage had given in all, from its first row on, when an output had all batches of one of its writes. */
export interface GivenSum {
  readonly rows: number;
  /** That was all of it. */
  readonly ended: boolean;
  /** See batch/row-checksum.ts. */
  readonly columns: readonly (readonly [form: string, checksum: number])[];
  readonly output: string;
  readonly write: number;
}
export interface GivenRecord {
  readonly type: 'given';
  readonly runId: string;
  readonly stage: string;
  /** Records of the stage before this one are of an attempt that gave something else, and count no more. */
  readonly first: boolean;
  /** Names and types of its columns; empty when no row has come. */
  readonly schema: string;
  readonly sums: readonly GivenSum[];
}

/** Every output of the job is published. */
export interface DoneRecord {
  readonly type: 'done';
  readonly runId: string;
}

export type JournalRecord =
  | RunRecord
  | MaterialisedRecord
  | GivenRecord
  | IntentRecord
  | CommittedRecord
  | DoneRecord;

export function encodeRecord(record: JournalRecord): Uint8Array {
  return encode(record, { ignoreUndefined: true });
}

/** The record in a payload. Throws for what this version does not know; the message says what. */
export function decodeRecord(payload: Uint8Array): JournalRecord {
  const value: unknown = decode(payload);
  const isKnown = isRecord(value) && typeof value.type === 'string' && isOfType(value, value.type);
  if (!isKnown) throw new Error('it holds a record that this version of Tailrace does not know');
  // Each field was looked at by `isOfType`.
  return value as unknown as JournalRecord;
}

type Fields = Readonly<Record<string, unknown>>;

function isOfType(value: Fields, type: string): boolean {
  if (!isText(value.runId)) return false;
  switch (type) {
    case 'run':
      return (
        isText(value.pipeline) &&
        isText(value.graph) &&
        typeof value.durable === 'boolean' &&
        isListOf(value.sources, isSource) &&
        isListOf(value.outputs, isOutput)
      );
    case 'materialised':
      return isListOf(value.stages, isSpilledStage);
    case 'intent':
      return isText(value.output) && isText(value.key) && isText(value.target);
    case 'committed':
      return (
        isText(value.output) &&
        isText(value.key) &&
        areCounts(value.rows, value.bytes, value.files, value.rejected ?? 0)
      );
    case 'given':
      return (
        isText(value.stage) &&
        isText(value.schema) &&
        typeof value.first === 'boolean' &&
        isListOf(value.sums, isGivenSum)
      );
    case 'done':
      return true;
    default:
      return false;
  }
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isTextOrNull = (value: unknown): boolean => value === null || isText(value);
const areCounts = (...values: readonly unknown[]): boolean => values.every(Number.isSafeInteger);
const isListOf = (value: unknown, isItem: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(isItem);

function isSource(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && isText(value[0]) && isTextOrNull(value[1]);
}

function isGivenSum(value: unknown): boolean {
  return (
    isRecord(value) &&
    isText(value.output) &&
    typeof value.ended === 'boolean' &&
    areCounts(value.rows, value.write) &&
    isListOf(value.columns, isColumnSum)
  );
}

function isColumnSum(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && isText(value[0]) && areCounts(value[1]);
}

function isOutput(value: unknown): boolean {
  return isRecord(value) && isText(value.name) && isText(value.key) && isTextOrNull(value.kept);
}

function isSpilledStage(value: unknown): boolean {
  return (
    isRecord(value) &&
    isText(value.stage) &&
    isText(value.checksum) &&
    areCounts(value.batches, value.rows, value.bytes, value.rejected ?? 0) &&
    (value.schema === null || (isRecord(value.schema) && isListOf(value.schema.fields, isField)))
  );
}

function isField(value: unknown): boolean {
  return (
    isRecord(value) &&
    isText(value.name) &&
    typeof value.nullable === 'boolean' &&
    isRecord(value.type) &&
    isText(value.type.kind)
  );
}
