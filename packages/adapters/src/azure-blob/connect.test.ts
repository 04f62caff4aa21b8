import { afterEach, expect, it, vi } from 'vitest';
import { connectAzure } from './connect.js';
import type { AzureSettings } from './settings.js';

const settings: AzureSettings = {
  partBytes: 8 * 2 ** 20,
  partsInFlight: 4,
  timeoutMs: 1_000,
  isTrusted: false,
  account: undefined,
  endpoint: undefined,
};
const key = Buffer.from('a key').toString('base64');
afterEach(() => vi.unstubAllEnvs());

it('a connection string that leads elsewhere than the options say is refused, and no secret is told', async () => {
  vi.stubEnv(
    'AZURE_STORAGE_CONNECTION_STRING',
    `DefaultEndpointsProtocol=http;AccountName=mine;AccountKey=${key};BlobEndpoint=http://host:10000/mine;`,
  );
  for (const other of [{ account: 'yours' }, { endpoint: 'http://host:10000/yours' }]) {
    const error: unknown = await connectAzure({ ...settings, ...other }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'STORE_FAILED', status: 'permanent' });
    expect(String(error)).toContain('AZURE_STORAGE_CONNECTION_STRING leads to another account');
    expect(String(error)).not.toContain(key);
  }
  for (const same of [{}, { account: 'mine' }, { endpoint: 'http://host:10000/mine/' }]) {
    expect(await connectAzure({ ...settings, ...same })).toMatchObject({ isTrusted: false });
  }
});

it('connections to one account share one pace, whatever else their options are', async () => {
  vi.stubEnv(
    'AZURE_STORAGE_CONNECTION_STRING',
    `DefaultEndpointsProtocol=http;AccountName=mine;AccountKey=${key};BlobEndpoint=http://host:10000/mine;`,
  );
  const one = await connectAzure(settings);
  expect((await connectAzure({ ...settings, partBytes: 6 * 2 ** 20 })).pace).toBe(one.pace);
});

it('a connection string that cannot be read fails for good, and is not told', async () => {
  for (const text of [
    'hush',
    'AccountName=mine;AccountKey=hush',
    'DefaultEndpointsProtocol=http;AccountName=mine;AccountKey=hush;BlobEndpoint=hush-no-url;',
    'BlobEndpoint=hush;SharedAccessSignature=hush',
  ]) {
    vi.stubEnv('AZURE_STORAGE_CONNECTION_STRING', text);
    // Connections are kept by their options: these are of this test alone.
    const own = { ...settings, timeoutMs: 3_000 };
    const error: unknown = await connectAzure(own).catch((thrown: unknown) => thrown);
    expect(error, text).toMatchObject({ code: 'STORE_FAILED', status: 'permanent' });
    expect(String(error)).toContain('AZURE_STORAGE_CONNECTION_STRING cannot be read');
    expect(String(error)).not.toContain('hush');
  }
});
