// Owns how a URL of a store is taken apart: as text. Whoever parses it as a URL of the web takes `#`, `?`, tabs and dots out of a
// name, and what is written then lies under another.

/** A URL of anything but local files. */
export interface StoreUrl {
  /** In small letters. */
  readonly scheme: string;
  /** Bucket, container or host; may be empty. */
  readonly authority: string;
  /** What stands behind the authority, with its slash. */
  readonly path: string;
}

const url = /^([a-z][a-z0-9+.-]+):\/\/([^/]*)(.*)$/is;

/** Undefined for local paths and `file:` URLs. */
export function storeUrl(text: string): StoreUrl | undefined {
  const [, scheme = '', authority = '', path = ''] = url.exec(text) ?? [];
  return scheme === '' || scheme.toLowerCase() === 'file'
    ? undefined
    : { scheme: scheme.toLowerCase(), authority, path };
}

/**
 * What of a URL may hold a secret, and the URL without it. URLs are told of in messages and reports, which are no place for
 * secrets. Undefined for URLs without such, and for local paths.
 */
export function secretOfUrl(
  text: string,
): { readonly what: 'a user' | 'a query'; readonly told: string } | undefined {
  if (storeUrl(text) === undefined) return undefined;
  const root = text.indexOf('://') + 3;
  const [authority = ''] = text.slice(root).split(/[/?]/, 1);
  const user = authority.lastIndexOf('@') + 1;
  const query = text.search(/\?[^/?*[\]{}=]+=/);
  if (user === 0 && query < 0) return undefined;
  const told = `${text.slice(0, root)}${text.slice(root + user, query < 0 ? undefined : query)}`;
  return { what: user > 0 ? 'a user' : 'a query', told };
}
