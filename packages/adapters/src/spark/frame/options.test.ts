import { expect, it } from 'vitest';
import { openOptions } from './options.js';

it('options that may hold a secret are known by their names, and left out', () => {
  const options = {
    compression: 'zstd',
    password: 'p',
    sfPassword: 'p',
    'fs.azure.account.key.x': 'k',
    'fs.s3a.secret.key': 'k',
    'fs.s3a.access.key': 'k',
    oauthToken: 't',
    url: 'jdbc:x?password=p',
    header: 'true',
  };
  expect(openOptions(options)).toEqual({ compression: 'zstd', header: 'true' });
});
