import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSecretName, withoutSecrets } from '../../secrets/without-secrets.js';
import { toPlain } from './plain.js';

describe('a plain copy', () => {
  it('is what JSON makes of small plain data, without credentials in texts and under their names', () => {
    const isBare = (inner: unknown): boolean => typeof inner === 'string' || typeof inner === 'number';
    const clean = (name: string, inner: unknown): unknown => {
      const isHidden = isBare(inner) || (Array.isArray(inner) && inner.some(isBare));
      if (isSecretName(name) && isHidden) return '***';
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
