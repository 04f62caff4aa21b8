import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSecretName } from '../../secrets/secret-names.js';
import { withoutSecrets } from '../../secrets/without-secrets.js';
import { toPlain } from './plain.js';

describe('a plain copy', () => {
  it('is what JSON makes of small plain data, without credentials in texts and under their names', () => {
    const holdsAny = (inner: unknown): boolean =>
      typeof inner === 'object' && inner !== null
        ? Object.keys(inner).length > 0
        : typeof inner === 'string' || typeof inner === 'number';
    const clean = (name: string, inner: unknown): unknown => {
      if (isSecretName(name) && holdsAny(inner)) return '***';
      if (typeof inner === 'object' && inner !== null && !Array.isArray(inner))
        return Object.fromEntries(Object.entries(inner).map(([key, value]) => [withoutSecrets(key), value]));
      return typeof inner === 'string' ? withoutSecrets(inner) : inner;
    };
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        const kept = JSON.parse(JSON.stringify(value) ?? 'null', clean);
        expect(JSON.parse(JSON.stringify(toPlain(value, { entries: 1_000, values: 100_000 })))).toEqual(kept);
      }),
      { examples: [['?-='], [{ text: 'password=1', pwd: '', token: 1, keys: [{ apiKeys: ['1'] }] }]] },
    );
  });

  it('of anything at all is bounded, and JSON', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withTypedArray: true, withMap: true }),
        (value) => {
          const text = JSON.stringify(toPlain(value, { depth: 3, entries: 4, characters: 20, values: 50 }));
          expect(text.length).toBeLessThan(50 * 2 * 60);
        },
      ),
    );
  });

  it('has nothing of what a property holds that is called as credentials are', () => {
    const context = {
      password: { current: 's3cr3t' },
      tokens: new Set(['s3cr3t']),
      secrets: new Map([['a', 's3cr3t']]),
      apiKeys: [{ value: 's3cr3t' }],
      signatures: [],
      token: new Uint8Array(3),
      credentials: true,
    };
    expect(toPlain({ context })).toEqual({
      context: {
        password: '***',
        tokens: '***',
        secrets: '***',
        apiKeys: '***',
        signatures: [],
        token: '[3 bytes]',
        credentials: true,
      },
    });
  });

  it('has no credentials in its names, and loses none of those that are the same without', () => {
    const byUrl = { 'https://h/x?sig=s3cr3t': 1, 'https://h/x?sig=s3cr3t2': 2, 'https://u:s3cr3t@h/y': 3 };
    expect(toPlain({ byUrl })).toEqual({
      byUrl: { 'https://h/x?***': 1, 'https://h/x?*** (2)': 2, 'https://***@h/y': 3 },
    });
  });

  it('of what is called an error has no text where that is asked for, whatever was thrown', () => {
    const context = { error: { message: '4111' }, cause: { reason: '4111' } };
    expect(toPlain({ context, error: null }, { errorMessages: false })).toEqual({
      context: { error: { name: 'Error' }, cause: { name: 'Error' } },
      error: null,
    });
    const chart = { states: { error: { on: { error: 'failed' } } } };
    expect(toPlain(chart, { from: 'definition', errorMessages: false })).toEqual(chart);
  });

  it('of a chart has events and states whatever they are called', () => {
    const node = { on: { token: 'password' }, after: { secret: 'token' } };
    const chart = { states: { output: node, context: node, token: { states: { input: node } } } };
    expect(toPlain(chart, { from: 'definition' })).toEqual(chart);
  });

  it('has no credentials, and of errors the codes alone where that is asked for', () => {
    const error = { code: 'VALUE_INVALID', message: 'but "4111 1111" came', causes: ['4111 1111'] };
    const context = { target: 's3://AKIA:s3cr3t@bucket/key', error };
    expect(JSON.stringify(toPlain(context))).not.toContain('s3cr3t');
    expect(toPlain(context)).toMatchObject({ error });
    expect(toPlain({ error, thrown: new TypeError('4111') }, { errorMessages: false })).toEqual({
      error: { code: 'VALUE_INVALID' },
      thrown: { name: 'TypeError' },
    });
    expect(toPlain({ status: 'error', error: '4111 1111' }, { errorMessages: false })).toEqual({
      status: 'error',
      error: '[not told]',
    });
  });

  it('names functions where that is asked for, and leaves them out elsewhere', () => {
    const chart = { entry: function announce() {}, guards: [function full() {}] };
    expect(toPlain(chart, { from: 'definition' })).toEqual({
      entry: { type: 'announce' },
      guards: [{ type: 'full' }],
    });
    expect(toPlain(chart)).toEqual({ guards: [{ type: 'full' }] });
  });

  it('of a snapshot has its state however few entries are shown of its context', () => {
    const value = { status: 'active', output: 1, error: 2, value: 'on', context: { a: 1, b: 2, c: 3 } };
    expect(toPlain(value, { entries: 2, from: 'snapshot' })).toEqual({
      ...value,
      context: { a: 1, b: 2, '...': '[... 1 more]' },
    });
    expect(toPlain(value, { entries: 2 })).toEqual({ status: 'active', output: 1, '...': '[... 3 more]' });
  });

  it('carries no bytes, only their number', () => {
    expect(toPlain({ data: new Uint8Array(1_048_576), shared: new SharedArrayBuffer(8) })).toEqual({
      data: '[1048576 bytes]',
      shared: '[8 bytes]',
    });
  });

  it('says what an error says', () => {
    const error = Object.assign(new Error('the disk is full'), { code: 'ENOSPC' });
    expect(toPlain({ error })).toEqual({
      error: { name: 'Error', message: 'the disk is full', code: 'ENOSPC' },
    });
  });

  it('of a circle or of a getter that throws ends', () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    Object.defineProperty(circle, 'bad', {
      enumerable: true,
      get() {
        throw new Error('no');
      },
    });
    expect(toPlain(circle)).toEqual({ self: '[circular]', bad: '[unreadable]' });
  });

  it('keeps a key named __proto__ as a key', () => {
    const text = JSON.stringify(toPlain(JSON.parse('{"__proto__":{"a":1}}')));
    expect(text).toBe('{"__proto__":{"a":1}}');
  });
});
