// Owns which names stand for credentials. Pure.

/** What names of credentials end with: the source of a pattern. */
export const secretNameEnding =
  '(?:password|passwd|passphrase|pwd|secret|token|signature|sig|api[_-]?key|access[_-]?key|account[_-]?key|private[_-]?key|credential)s?';
const secretName = new RegExp(`(?:authorization|cookie|${secretNameEnding})$`, 'i');

/** Whether what is called so is a credential, as far as its name tells: `password`, `apiKey`, `refresh_token`. */
export const isSecretName = (name: string): boolean => secretName.test(name);
