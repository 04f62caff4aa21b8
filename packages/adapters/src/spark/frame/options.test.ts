import { expect, it } from 'vitest';
import { isSecretOption, openOptions } from './options.js';

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

it('options are told apart by names of every writing', () => {
  const secret = [
    'sfPassword',
    'temporary_aws_session_token',
    'Authorization',
    'apiKey',
    'fs.azure.account.key.x',
  ];
  expect(secret.filter((name) => !isSecretOption(name))).toEqual([]);
  const open = ['url', 'header', 'dbtable', 'user', 'partitionColumn', 'keyColumn'];
  expect(open.filter(isSecretOption)).toEqual([]);
});
