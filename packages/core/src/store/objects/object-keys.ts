// Owns where everything of a target lies among the keys of its bucket. It only makes text.
import { PlanError } from '../../errors/named-errors.js';
import type { StoreTarget } from '../../sink/store.js';
import { isRunId } from '../local/place.js';

/** What begins with an underscore is hidden to Spark, Hive and those who keep their rule. */
const hidden = '_tailrace';
const lastNumber = 9_999_999_999;
const digits = String(lastNumber).length;

export interface ObjectPlace {
  /** As people call it: `s3://bucket/data/routes`. */
  readonly path: string;
  /** Bucket or container. */
  readonly container: string;
  /** Key of a single file, or what all keys of a dataset begin with, without a slash at its end. */
  readonly key: string;
  /** What all keys begin with that are not data of a single file. Ends with a slash. */
  readonly home: string;
}

/** @throws PlanError for what has no container, or names one and nothing in it */
export function objectPlace(target: Pick<StoreTarget, 'path' | 'kind'>): ObjectPlace {
  const { path, kind } = target;
  const found = /^[a-z][a-z0-9+.-]*:\/\/([^/]+)\/(.+)$/i.exec(path);
  const key = decoded(path, found?.[2] ?? '').replace(/\/+$/, '');
  const container = found?.[1];
  const isOdd = key.split('/').some((part) => part === '' || part === '.' || part === '..');
  if (container === undefined || key === '' || isOdd || key.includes('\0')) {
    throw new PlanError(
      `"${path}" is no place in an object store. Write scheme://bucket/path, with a path that is not empty and ` +
        'has no empty or dotted parts.',
      { operation: 'begin output', context: { path } },
    );
  }
  const slash = key.lastIndexOf('/') + 1;
  const home =
    kind === 'directory' ? `${key}/${hidden}/` : `${key.slice(0, slash)}${hidden}/${key.slice(slash)}/`;
  return { path, container, key, home };
}

/** The path of a target is one of a URL; keys are not. */
function decoded(path: string, text: string, operation = 'begin output'): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new PlanError(`"${path}" has a % that no two hexadecimal digits follow. Write %25 for it.`, {
      operation,
      context: { path },
      cause,
    });
  }
}

export interface ObjectUrl {
  /** Scheme and container: what URLs of its objects begin with. */
  readonly root: string;
  readonly container: string;
  readonly key: string;
}

/**
 * The key that a URL names, or what keys begin with: then it may be empty.
 * @throws PlanError for what has no container
 */
export function objectUrl(path: string): ObjectUrl {
  const operation = 'read file';
  const found = /^([a-z][a-z0-9+.-]*:\/\/([^/]+)\/)(.*)$/i.exec(path);
  const [, root, container] = found ?? [];
  if (root === undefined || container === undefined) {
    throw new PlanError(`"${path}" names no file in an object store. Write scheme://bucket/path.`, {
      operation,
      context: { path },
    });
  }
  return { root, container, key: decoded(path, found?.[3] ?? '', operation) };
}

/** The URL of a key: what would mean something else in a URL or a pattern is written as `%2A`. */
export function urlOfKey(root: string, key: string): string {
  const escaped = (sign: string): string =>
    `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  return `${root}${key.replaceAll(/[%?#*[\]{}()\\]/g, escaped)}`;
}

/** Where a run keeps what is not published. */
export const stagesPrefix = (place: ObjectPlace): string => `${place.home}stages/`;
export const recordKey = (place: ObjectPlace, stage: string): string => `${stagesPrefix(place)}${stage}.json`;
export const stageOfRecord = (place: ObjectPlace, key: string): string =>
  key.slice(stagesPrefix(place).length).replace(/\.json$/, '');

export const dataPrefix = (place: ObjectPlace, stage: string): string => `${place.home}data/${stage}/`;
export const dataKey = (place: ObjectPlace, stage: string, path: string): string =>
  `${dataPrefix(place, stage)}${path}`;

export const manifestsPrefix = (place: ObjectPlace): string => `${place.home}manifests/`;
/** Of a single file: the manifest that a stage's object stands for. */
export const manifestKey = (place: ObjectPlace, stage: string): string =>
  `${manifestsPrefix(place)}${stage}.json`;
/** Undefined for what is no manifest. */
export function stageOfManifest(place: ObjectPlace, key: string): string | undefined {
  const prefix = manifestsPrefix(place);
  return key.startsWith(prefix) ? key.slice(prefix.length).replace(/\.json$/, '') : undefined;
}

export const versionsPrefix = (place: ObjectPlace): string => `${place.home}versions/`;

/** The newest comes first in a list: its key begins with what its number is short of the last one. */
export function versionKey(place: ObjectPlace, number: number): string {
  const rest = String(lastNumber - number).padStart(digits, '0');
  return `${versionsPrefix(place)}${rest}-${String(number).padStart(digits, '0')}.json`;
}

/** The number of a version; undefined for what is none. */
export function versionNumber(key: string): number | undefined {
  const found = /\/\d{10}-(\d{10})\.json$/.exec(key)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** Throws a PlanError for what would lead out of the target. */
export function checkDataPath(target: Pick<StoreTarget, 'path' | 'output'>, path: string): void {
  const isBad = path.includes('\0') || path.split('/').some((part) => ['', '.', '..'].includes(part));
  if (!isBad) return;
  throw new PlanError(
    `Output "${target.output}" cannot have a file ${JSON.stringify(path)} in ${target.path}: the name leads ` +
      'out of it. Report this.',
    { operation: 'create file', context: { path: target.path, output: target.output } },
  );
}

/** Throws a PlanError for a run id that is no part of a key, and for a sign that the store takes for another one. */
export function checkTarget(
  place: ObjectPlace,
  { path, output, runId }: StoreTarget,
  store: { readonly name: string; readonly refusedSigns: string | undefined },
): void {
  const operation = 'begin output';
  if (!isRunId(runId)) {
    const message = `The run id "${runId}" cannot be part of a key. Use at most 64 letters, digits, "-" and "_".`;
    throw new PlanError(message, { operation, context: { output } });
  }
  const sign = [...(store.refusedSigns ?? '')].find((one) => place.key.includes(one));
  if (sign === undefined) return;
  throw new PlanError(
    `The path of output "${output}" has a ${sign} (${path}), which ${store.name} takes for another sign. Leave it out.`,
    { operation, context: { path, output } },
  );
}
