// Owns who may talk to the inspector: a check of Host, Origin and token, before anything is answered. Pure.
// Why Host: a page of a foreign site can make its own name lead to 127.0.0.1 (DNS rebinding, as in CVE-2025-66414).
import { createHash, timingSafeEqual } from 'node:crypto';

export interface RequestHeads {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** What the client gave as its token in a header, if anything. */
  readonly token: string | undefined;
  /** The same in the address, where it may be logged: only whoever sends may do that. */
  readonly queryToken: string | undefined;
}

export interface AccessRules {
  readonly port: number;
  /** Lets read. */
  readonly token: string;
  /** Lets send and nothing else; undefined where nobody may. */
  readonly feedToken: string | undefined;
  /** Further origins that may send events of their own, such as `http://localhost:5173`. They may not read. */
  readonly origins: readonly string[];
}

export interface Refusal {
  readonly status: 401 | 403 | 421;
  readonly text: string;
}

const loopbackNames: readonly string[] = ['127.0.0.1', 'localhost'];

/** The names under which the server may be addressed, with its port. */
export const hostsOf = (port: number): readonly string[] => loopbackNames.map((name) => `${name}:${port}`);

/** Why a request is refused, or undefined. Applies to pages, which hold no data, as well as to data. */
export function refuseAddress(
  { host, origin }: RequestHeads,
  { port }: Pick<AccessRules, 'port'>,
  origins: readonly string[] = [],
): Refusal | undefined {
  if (host === undefined || !hostsOf(port).includes(host)) {
    return { status: 421, text: 'Open the inspector under the address that it has printed.' };
  }
  const own = hostsOf(port).map((name) => `http://${name}`);
  if (origin !== undefined && !own.includes(origin) && !origins.includes(origin)) {
    return {
      status: 403,
      text: 'Pages of other origins read nothing; those that send are named in the option origins.',
    };
  }
  return undefined;
}

/** The same, and the token: for everything that holds data. */
export const refuseAccess = (heads: RequestHeads, rules: AccessRules): Refusal | undefined =>
  refuseAddress(heads, rules) ?? refuseToken(heads.token, rules.token);

/** For other apps, which only send. Their clients can set no header. */
export const refuseFeeding = (heads: RequestHeads, rules: AccessRules): Refusal | undefined =>
  refuseAddress(heads, rules, rules.origins) ?? refuseToken(heads.queryToken ?? heads.token, rules.feedToken);

function refuseToken(given: string | undefined, right: string | undefined): Refusal | undefined {
  if (given !== undefined && right !== undefined && sameText(given, right)) return undefined;
  return { status: 401, text: 'The token is missing or wrong: it stands in the address that was printed.' };
}

/** Compares in a time that tells nothing of where texts differ, nor of their lengths. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
