// Owns the declaration of users' own sinks, formats and stores: plain data that names their modules. Nothing is loaded here.
import { isAbsolute } from 'node:path';
import { checkKinds, shownOption } from '../errors/check-options.js';
import { PlanError } from '../errors/named-errors.js';
import { type FileSinkOptions, fileSink } from './file/file-sink.js';
import { findInstance } from './find-instance.js';
import { isModuleRef, type ModuleRef, moduleRef, nameOfModule } from './module-ref.js';
import type { Sink, SinkLocation, WriteMode } from './sink.js';

/** What the framework has to know of a sink before its module is loaded. */
export interface CustomSinkDeclaration<R> {
  /** Short name for reports and machines. Default: the module's file name without its ending. */
  readonly name?: string | undefined;
  /** What a person calls the target: a path or URL without secrets. Default: the module's URL. */
  readonly target?: string | undefined;
  /** Where it lands, so that two outputs on one place are refused. Default: a place of its own. */
  readonly location?: SinkLocation | undefined;
  /** True when the whole output must be one write. Default false. */
  readonly single?: boolean | undefined;
  /** Columns that the sink needs. Default none. */
  readonly requires?: readonly (keyof R & string)[] | undefined;
  /**
   * What it does when the target exists. A resumed job writes what it has published a second time only with `overwrite`.
   * Default: not said.
   * @example 'overwrite'
   */
  readonly mode?: WriteMode | undefined;
  /**
   * What a resumed job knows the output by, besides name and target: plain data, as options are. Default: all options. To be
   * given where options hold secrets, or what is another one in every process, such as the id of a session.
   * @example { table: 'routes', keys: ['origin', 'day'] }
   */
  readonly identity?: unknown;
  /**
   * False when rows only name what something else holds for as long as a run lasts, such as a server: then
   * `run({ durable: true })` is refused, as a later run would read names of what is gone. Default true.
   */
  readonly spillable?: boolean | undefined;
  /**
   * Columns whose values are other ones in every run though the rows say the same, such as what is encrypted with a key of this
   * process: a resumed job does not compare them with those of an earlier run. Default none.
   * @example ['sealed']
   */
  readonly varies?: readonly (keyof R & string)[] | undefined;
  /** Bytes that an open attempt needs besides its batches. Default 1 MiB. */
  readonly reserveBytes?: number | undefined;
}

const defaultReserveBytes = 2 ** 20;
const modes: readonly WriteMode[] = ['error', 'overwrite', 'overwritePartitions', 'append', 'ignore'];

/**
 * A sink of your own: `customSink<Row>(new URL('./my-sink.js', import.meta.url), { endpoint })`.
 * @param url of a built JavaScript module whose default export is made by `defineSink`
 * @param options plain data for it
 * @throws PlanError for a function instead of a URL, a relative URL, options that cannot be cloned, or a declaration that
 * makes no sense
 */
export function customSink<R>(
  url: URL | string,
  options: unknown = {},
  declaration: CustomSinkDeclaration<R> = {},
): Sink<R> {
  const module = moduleRef('customSink', url, options);
  checkKinds(
    'customSink',
    declaration,
    {
      name: 'text',
      target: 'text',
      location: 'object',
      single: 'flag',
      requires: 'texts',
      spillable: 'flag',
      varies: 'texts',
    },
    'declare customSink',
  );
  const { location, mode, identity, spillable, varies, reserveBytes = defaultReserveBytes } = declaration;
  const name = declaration.name ?? nameOfModule(module.url);
  if (!Number.isFinite(reserveBytes) || reserveBytes < 0) {
    throw badDeclaration(
      name,
      `reserveBytes is ${shownOption(reserveBytes)}; give a number of bytes, 0 or more`,
    );
  }
  if (mode !== undefined && !modes.includes(mode)) {
    throw badDeclaration(name, `mode is ${shownOption(mode)}; give one of ${modes.join(', ')}`);
  }
  checkIdentity(name, identity);
  if (location !== undefined && !isPlace(location.path)) {
    throw badDeclaration(
      name,
      `location.path is ${shownOption(location.path)}; give an absolute, normalised path`,
    );
  }
  return {
    name,
    module,
    location,
    target: declaration.target ?? location?.path ?? module.url,
    single: declaration.single ?? false,
    requires: [...(declaration.requires ?? [])],
    ...(mode === undefined ? {} : { mode }),
    ...(identity === undefined ? {} : { identity }),
    ...(spillable === undefined ? {} : { spillable }),
    ...(varies === undefined ? {} : { varies: [...varies] }),
    reserveBytes,
  };
}

/**
 * A format of your own, for `files(...)`: `customFormat(new URL('./my-format.js', import.meta.url), { width: 80 })`.
 * @param url of a built JavaScript module whose default export is made by `defineFormat`
 * @param options plain data for it
 * @throws PlanError for a function instead of a URL, a relative URL, or options that cannot be cloned
 */
export function customFormat(url: URL | string, options: unknown = {}): ModuleRef {
  return moduleRef('customFormat', url, options);
}

/**
 * A store of your own, for the option `store` of file sinks: `customStore(new URL('./my-store.js', import.meta.url), {})`.
 * @param url of a built JavaScript module whose default export is made by `defineStore`
 * @param options plain data for it
 * @throws PlanError for a function instead of a URL, a relative URL, or options that cannot be cloned
 */
export function customStore(url: URL | string, options: unknown = {}): ModuleRef {
  return moduleRef('customStore', url, options);
}

/**
 * Files in a format of your own: `files<Row>('out/table.txt', customFormat(new URL('./my-format.js', import.meta.url)))`.
 * @param format made by `customFormat`
 * @throws PlanError as `fileSink` does
 */
export function files<R>(
  path: string,
  format: ModuleRef,
  options: FileSinkOptions<R> & { readonly name?: string | undefined } = {},
): Sink<R> {
  const name = options.name ?? (isModuleRef(format) ? nameOfModule(format.url) : 'custom');
  return fileSink<R>(path, { ...options, name, format });
}

/** The path of a location that came from JavaScript may be anything. */
const isPlace = (path: unknown): boolean =>
  typeof path === 'string' && (isAbsolute(path) || path.startsWith('/'));

/** Of what is no plain data the key of an output would not hold what it is: two outputs would be one to a resumed job. */
function checkIdentity(name: string, identity: unknown): void {
  const advice = 'give plain data that tells this output from others';
  try {
    structuredClone(identity);
  } catch (cause) {
    throw badDeclaration(name, `identity cannot be cloned, so it holds more than data; ${advice}`, cause);
  }
  const instance = findInstance(identity, 'identity');
  if (instance !== undefined) throw badDeclaration(name, `${instance.path} is ${instance.what}; ${advice}`);
}

function badDeclaration(name: string, problem: string, cause?: unknown): PlanError {
  return new PlanError(`customSink "${name}": ${problem}.`, {
    operation: 'declare customSink',
    context: { name },
    cause,
  });
}
