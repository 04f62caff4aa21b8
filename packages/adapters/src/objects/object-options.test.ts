import { expect, it } from 'vitest';
import { azureBlob } from '../azure-blob/index.js';
import { s3 } from '../s3/index.js';

it('options that would carry a secret are refused, whatever their value, and the value is not told', () => {
  for (const options of [
    { credentials: { accessKeyId: 'hush' } },
    { secretAccessKey: 'hush' },
    { sessionToken: 'hush' },
  ]) {
    expect(() => s3(options as object)).toThrow(/s3 takes no \w+: options reach worker threads/);
    expect(() => s3(options as object)).not.toThrow('hush');
  }
  expect(() => azureBlob({ accountKey: 'hush' } as object)).toThrow('azureBlob takes no accountKey');
  for (const name of ['sasSignature', 'passphrase', 'authorization'])
    expect(() => azureBlob({ [name]: 'hush' })).toThrow(`azureBlob takes no ${name}`);
});

it('an endpoint that carries a secret, or is none, is refused, and is not told', () => {
  for (const endpoint of [
    'https://x.blob.core.windows.net?sig=hush',
    'https://hush:hush@host',
    'https://hush@host',
    'https://host/#hush',
    'ftp://hush',
    'hush',
  ]) {
    for (const declare of [s3, azureBlob]) {
      expect(() => declare({ endpoint })).toThrow(/endpoint of (s3|azureBlob) is no plain URL/);
      expect(() => declare({ endpoint })).not.toThrow('hush');
    }
  }
  expect(s3({ endpoint: 'http://127.0.0.1:9000' })).toMatchObject({ scheme: 's3' });
});

it('numbers out of range are refused by name', () => {
  expect(() => s3({ partBytes: 1_000 })).toThrow('partBytes of s3 is 1000');
  expect(() => s3({ partsInFlight: 0 })).toThrow('partsInFlight of s3 is 0');
  expect(() => azureBlob({ timeoutMs: 1 })).toThrow('timeoutMs of azureBlob is 1');
  // A timer of more than 2^31 - 1 milliseconds ends at once.
  expect(() => s3({ timeoutMs: 3e9 })).toThrow('timeoutMs of s3 is 3000000000; give a whole number of');
});

it('a store says its scheme, and what memory its files and its threads take', () => {
  expect(s3({ partBytes: 6 * 2 ** 20, partsInFlight: 3 })).toMatchObject({
    scheme: 's3',
    bytesPerFile: 6 * 2 ** 20,
    bytesInFlight: 18 * 2 ** 20,
  });
  expect(azureBlob()).toMatchObject({ scheme: 'az' });
});

it('a store has leaner forms of itself, in which what was declared stays', () => {
  const mebibyte = 2 ** 20;
  const sizesOf = (options: object): unknown =>
    s3(options).leaner?.map(({ bytesPerFile, bytesInFlight, options: given }) => ({
      bytesPerFile,
      bytesInFlight,
      given,
    }));
  expect(sizesOf({ region: 'here' })).toMatchObject([
    { bytesPerFile: 5 * mebibyte, bytesInFlight: 10 * mebibyte, given: { region: 'here', partsInFlight: 2 } },
    { bytesPerFile: 5 * mebibyte, bytesInFlight: 5 * mebibyte, given: { region: 'here', partsInFlight: 1 } },
  ]);
  expect(sizesOf({ partBytes: 6 * mebibyte, partsInFlight: 3 })).toMatchObject([
    { bytesPerFile: 6 * mebibyte, bytesInFlight: 18 * mebibyte, given: { partBytes: 6 * mebibyte } },
    { bytesPerFile: 6 * mebibyte, bytesInFlight: 18 * mebibyte, given: { partBytes: 6 * mebibyte } },
  ]);
});
