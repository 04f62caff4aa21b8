// Owns connection strings, `sc://host:port/;name=value;...`, in the form that Spark's own clients take.
import { PlanError, shownOption } from '@tailrace/core';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** A bearer token. Never part of a message. */
  readonly token: string | undefined;
  readonly userId: string | undefined;
  readonly userAgent: string | undefined;
  readonly sessionId: string | undefined;
  /** Further parameters: each goes with every call as a header, as Databricks wants its cluster named. */
  readonly headers: Readonly<Record<string, string>>;
}

const localNames = new Set(['localhost', '[::1]']);
/** `127.0.0.1:15002`: also of the other names of this machine, so that its server has one. */
export const serverOf = ({ host, port }: Pick<Endpoint, 'host' | 'port'>): string =>
  `${localNames.has(host.toLowerCase()) ? '127.0.0.1' : host.toLowerCase()}:${port}`;

const usualPort = 15_002;
const known = new Set(['token', 'use_ssl', 'user_id', 'user_agent', 'session_id']);
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const headerName = /^[a-z0-9_.-]+$/;

/**
 * Source: "Spark Connect connection string", docs of Apache Spark's connector.
 * @throws PlanError for a string that is none, and for a token that would cross a network in the clear
 */
export function parseConnection(text: string): Endpoint {
  if (typeof text !== 'string')
    throw new PlanError(
      `A connection string of Spark is a text of the form sc://host:port/;name=value, not ${shownOption(text)}.`,
      { operation: 'connect to spark' },
    );
  // Only host and port are shown: anything behind them, and a name before an @, may be a secret in the wrong place.
  const shown = /^sc:\/\/[^/;?#@\s]*(?![^/;?#\s]*@)/.exec(text)?.[0] ?? '...';
  const refuse = (problem: string): PlanError =>
    new PlanError(
      `'${shown}' is no connection string of Spark: ${problem}. It has the form sc://host:port/;name=value, for example ` +
        'sc://127.0.0.1:15002.',
      { operation: 'connect to spark' },
    );
  if (!text.startsWith('sc://')) throw refuse('it does not begin with sc://');
  const [place = '', ...rest] = text.slice('sc://'.length).split('/');
  if (rest.length > 1) throw refuse('it has a path');
  const address = /^(\[[0-9a-fA-F:.]+\]|[^[\]:;@?#\s]+)(?::(\d{1,5}))?$/.exec(place);
  if (address?.[1] === undefined) throw refuse('there must be a host, and a port may follow it');
  const host = address[1];
  const port = address[2] === undefined ? usualPort : Number(address[2]);
  if (port < 1 || port > 65_535) throw refuse(`${port} is no port`);
  const given = parametersOf(rest[0] ?? '', refuse);

  const useSsl = given.get('use_ssl')?.toLowerCase();
  if (useSsl !== undefined && useSsl !== 'true' && useSsl !== 'false')
    throw refuse('use_ssl must be true or false');
  const token = given.get('token');
  const tls = useSsl === undefined ? token !== undefined : useSsl === 'true';
  if (token !== undefined && !tls && !isLoopback(host))
    throw refuse('it has a token and use_ssl=false, which would send the token in the clear');
  if (given.has('authorization') && !tls && !isLoopback(host))
    throw refuse('it has authorization without TLS, which would send it in the clear; add use_ssl=true');
  for (const [name, value] of given) checkHeader(name, value, refuse);
  const sessionId = given.get('session_id');
  if (sessionId !== undefined && !uuid.test(sessionId)) throw refuse('session_id must be a UUID');
  return {
    host,
    port,
    tls,
    token,
    sessionId,
    userId: given.get('user_id'),
    userAgent: given.get('user_agent'),
    headers: Object.fromEntries([...given].filter(([name]) => !known.has(name))),
  };
}

/** What goes into a header of HTTP/2 must be text that it takes, or gRPC throws with the value in its message. */
function checkHeader(name: string, value: string, refuse: (problem: string) => PlanError): void {
  if (known.has(name) && name !== 'token') return;
  if (name.endsWith('-bin')) throw refuse(`${name} would be a header of bytes, which a text cannot be`);
  if (!/^[\x20-\x7e]+$/.test(value))
    throw refuse(`${name} has characters that no header takes, such as a line break at its end`);
}

function parametersOf(text: string, refuse: (problem: string) => PlanError): Map<string, string> {
  const given = new Map<string, string>();
  for (const part of text.split(';')) {
    if (part === '') continue;
    const at = part.indexOf('=');
    const name = part.slice(0, at);
    if (at < 1) throw refuse('a parameter is no name=value');
    if (!headerName.test(name)) throw refuse(`'${name}' cannot be the name of a parameter`);
    if (given.has(name)) throw refuse(`${name} is given twice`);
    given.set(name, decoded(part.slice(at + 1), name, refuse));
  }
  return given;
}

function decoded(value: string, name: string, refuse: (problem: string) => PlanError): string {
  try {
    const text = decodeURIComponent(value);
    if (text === '') throw refuse(`${name} is empty`);
    return text;
  } catch (error) {
    if (error instanceof URIError) throw refuse(`${name} is not percent-encoded as it should be`);
    throw error;
  }
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}
