// Owns how another thread finds a session, and the options that it shares with the one that opened it.
import type { SparkOptions } from './session-options.js';

const sharedNames = [
  'userId',
  'tags',
  'retry',
  'maxMessageBytes',
  'maxBatchBytes',
  'callTimeoutMs',
  'silenceMs',
] as const;

/** Plain data. Its URL may hold a token. */
export interface Attachment {
  readonly url: string;
  readonly sessionId: string;
  /** The session as the server knew it when it was opened: another one under its name is refused from the first call. */
  readonly observed?: string | undefined;
  readonly shared: Pick<SparkOptions, (typeof sharedNames)[number]>;
  /** PEM. Not as a buffer, which would cross to a thread as something else. */
  readonly rootCertificates?: string;
  /** Whether the opener of the session has a function that is to be told of warnings. */
  readonly warns?: boolean;
}

export function attachmentTo(
  url: string,
  { sessionId, observed }: Pick<Attachment, 'sessionId' | 'observed'>,
  options: SparkOptions,
): Attachment {
  const { rootCertificates } = options;
  const given = sharedNames.filter((name) => options[name] !== undefined);
  return {
    url,
    sessionId,
    observed,
    shared: Object.fromEntries(given.map((name) => [name, options[name]])),
    ...(rootCertificates === undefined ? {} : { rootCertificates: rootCertificates.toString() }),
    ...(options.onWarning === undefined ? {} : { warns: true }),
  };
}

export function optionsOf({ shared, rootCertificates }: Attachment): SparkOptions {
  if (rootCertificates === undefined) return shared;
  return { ...shared, rootCertificates: Buffer.from(rootCertificates) };
}
