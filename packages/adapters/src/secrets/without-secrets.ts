// Owns which parts of a text are credentials, told by their form alone, and takes them out; and which names stand for
// credentials. Pure.

/** `user:password@` of an address: up to the last `@`, since passwords may hold one. */
const userInfo = /(:\/\/)[^\s/?#]*@/g;
/** The same of a password with slashes and the like, in a text that ends with an `@`. */
const oddUserInfo = /(:\/\/)[^\s/?#:@]*:(?!\d{1,5}[/?#])[^\s'"]*@/g;
/** What an address may be, with its password and its query. */
const run = /[^\s'"]+/g;
/** What follows the `?` of a path. */
const relativeQuery = /\?[\w.~%-]+=[^\s'"]*/g;
/** A quoted value, also within JSON within JSON, or one that ends with a space or a semicolon: passwords may hold the rest. */
const value = String.raw`\\+"[^"]*(?:"|$)|"(?:\\.|[^"\\])*(?:"|$)|'[^']*(?:'|$)|[^\s;]+`;
/** What names of credentials end with. */
const ending =
  '(?:password|passwd|passphrase|pwd|secret|token|signature|sig|api[_-]?key|access[_-]?key|account[_-]?key|private[_-]?key|credential)s?';
/** `password=...`, `"token": "..."`, `SharedAccessSignature=...`, `sig=...`. */
const named = new RegExp(String.raw`(?<![\w-])([\w-]*${ending})(\\*["']?\s*[:=]\s*)(?:${value})`, 'gi');
/** `Authorization: Bearer ...`. */
const authorization =
  /\b(authorization\\*["']?\s*[:=]\s*\\*["']?(?:[a-z]+\s+)?|bearer\s+|basic\s+)[\w+/=.~-]{8,}/gi;
/** No pattern finds anything in a text without one of these, and most texts have none. */
const sign = /[:=?]|bearer|basic/i;
const secretName = new RegExp(`(?:authorization|cookie|${ending})$`, 'i');

/** Whether what is called so is a credential, as far as its name tells: `password`, `apiKey`, `refresh_token`. */
export const isSecretName = (name: string): boolean => secretName.test(name);

/** Text in which `***` stands for credentials, as far as these can be told by their form. */
export function withoutSecrets(text: string): string {
  if (!sign.test(text)) return text;
  return text
    .replace(userInfo, '$1***@')
    .replace(run, (said) => withoutQuery(withoutOddUserInfo(said)))
    .replace(relativeQuery, '?***')
    .replace(authorization, '$1***')
    .replace(named, '$1$2***');
}

// One pattern that looks for an end that is not there looks anew from each beginning, and takes seconds for a long text. So
// the end is found first.

function withoutOddUserInfo(said: string): string {
  const end = said.lastIndexOf('@') + 1;
  return end === 0 ? said : said.slice(0, end).replace(oddUserInfo, '$1***@') + said.slice(end);
}

/** Takes out what follows the `?` of an address: signatures and tokens are there. */
function withoutQuery(said: string): string {
  if (!said.includes('?') || !said.includes('://')) return said;
  const parts = said.split(/(?=[?#])/);
  const at = parts.findIndex((part, index) => part.startsWith('?') && parts[index - 1]?.includes('://'));
  return at < 0 ? said : `${parts.slice(0, at).join('')}?***`;
}
