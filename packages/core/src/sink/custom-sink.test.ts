import { describe, expect, it } from 'vitest';
import { PlanError } from '../errors/named-errors.js';
import { customFormat, customSink, customStore, files } from './custom-sink.js';

interface Row {
  readonly id: number;
}
const url = new URL('file:///app/dist/http-log.js');

describe('customSink', () => {
  it('is plain data with sensible names', () => {
    const sink = customSink<Row>(url, { endpoint: 'https://example.org' }, { requires: ['id'] });
    expect(structuredClone(sink)).toEqual(sink);
    expect(sink).toMatchObject({
      name: 'http-log',
      target: url.href,
      location: undefined,
      single: false,
      requires: ['id'],
      module: { url: url.href, options: { endpoint: 'https://example.org' } },
    });
  });

  it('takes what the declaration says instead', () => {
    const location = { scheme: 'file', path: '/logs/app.log', kind: 'file' } as const;
    expect(customSink<Row>(url, {}, { name: 'log', location, single: true, reserveBytes: 0 })).toMatchObject({
      name: 'log',
      target: '/logs/app.log',
      location,
      single: true,
      reserveBytes: 0,
    });
  });

  it('says what it does with what is there, and what it is known by, only when it is told', () => {
    const identity = { host: 'example.org' };
    expect(customSink<Row>(url, {}, { mode: 'overwrite', identity })).toMatchObject({
      mode: 'overwrite',
      identity,
    });
    expect(customSink<Row>(url)).not.toHaveProperty('mode');
    expect(customSink<Row>(url)).not.toHaveProperty('identity');
    expect(() => customSink<Row>(url, {}, { mode: 'replace' as 'overwrite' })).toThrow(/one of error, over/);
  });

  it('refuses to be known by what is no plain data, which would be the same for other outputs', () => {
    class Table {
      readonly #name = 'routes';
      toString(): string {
        return this.#name;
      }
    }
    const wrong: [unknown, RegExp][] = [
      [() => 'routes', /identity cannot be cloned/],
      [{ table: () => 'routes' }, /identity cannot be cloned/],
      [Symbol('routes'), /identity cannot be cloned/],
      [new Table(), /identity is a Table; give plain data/],
      [{ tables: [new Table()] }, /identity\.tables\[0\] is a Table; give plain data/],
    ];
    for (const [identity, message] of wrong) {
      const declare = () => customSink<Row>(url, {}, { name: 'log', identity });
      expect(declare, String(message)).toThrow(PlanError);
      expect(declare).toThrow(message);
      expect(declare).toThrow(/^customSink "log": /);
    }
    for (const identity of [null, 'routes', 7n, { table: 'routes', since: new Date(0) }])
      expect(customSink<Row>(url, {}, { identity })).toMatchObject({ identity });
  });

  it('answers a function, a relative path or options that cannot be cloned with the right form', () => {
    const wrong: [() => unknown, RegExp][] = [
      [
        () => customSink((() => undefined) as unknown as URL),
        /not a function.*customSink\(new URL\('.\/my-module.js', import.meta.url\)/,
      ],
      [() => customSink('./sink.js'), /not an absolute module URL/],
      [() => customSink(url, { onRow: () => undefined }), /cannot be cloned/],
      [() => customFormat((() => undefined) as unknown as URL), /customFormat\(new URL/],
      [() => customStore('store.js'), /customStore\(new URL/],
    ];
    for (const [declare, message] of wrong) {
      expect(declare, String(message)).toThrow(PlanError);
      expect(declare).toThrow(message);
    }
  });

  it('refuses options whose class would be lost on the way to a worker, and says which', () => {
    class Client {
      readonly endpoint = 'https://example.org';
    }
    class Names extends Map<string, string> {}
    const wrong: [unknown, RegExp][] = [
      [new Client(), /options is a Client/],
      [{ http: { client: new Client() } }, /options\.http\.client is a Client/],
      [{ clients: [1, new Client()] }, /options\.clients\[1\] is a Client/],
      [{ byName: new Map([['a', new Client()]]) }, /options\.byName\.get\("a"\) is a Client/],
      [{ all: new Set([new Client()]) }, /options\.all \(an element\) is a Client/],
      [{ names: new Names() }, /options\.names is a Names/],
      [{ key: Buffer.from('k') }, /options\.key is a Buffer/],
      [{ url: new URL('https://example.org') }, /options\.url is a URL|cannot be cloned/],
      [{ inherits: Object.create({ endpoint: 1 }) }, /options\.inherits is a/],
    ];
    for (const [options, message] of wrong) {
      expect(() => customSink(url, options), String(message)).toThrow(PlanError);
      expect(() => customSink(url, options)).toThrow(message);
    }
  });

  it('takes plain data and built-in values, also in circles', () => {
    const options = {
      text: 'a',
      big: 1n,
      none: null,
      list: [1, { deep: new Date(0) }],
      map: new Map([['a', new Set([1])]]),
      bytes: new Uint8Array(2),
      view: new DataView(new ArrayBuffer(2)),
      shared: new Float64Array(new SharedArrayBuffer(8)),
      pattern: /a/,
      bare: Object.assign(Object.create(null), { a: 1 }),
      self: undefined as unknown,
    };
    options.self = options;
    expect(customSink(url, options).module.options).toBe(options);
  });

  it('refuses a reserve or location that makes no sense', () => {
    expect(() => customSink(url, {}, { reserveBytes: -1 })).toThrow(PlanError);
    const location = { scheme: 'file', path: 'relative', kind: 'file' } as const;
    expect(() => customSink(url, {}, { location })).toThrow(/absolute/);
  });
});

describe('files', () => {
  it('writes a custom format, named after its module unless told otherwise', () => {
    const format = customFormat(new URL('file:///app/fixed-width.js'), { width: 80 });
    expect(files<Row>('out/table.txt', format)).toMatchObject({ name: 'fixed-width', single: true });
    expect(files<Row>('out/table', format, { name: 'table', partitionBy: ['id'] })).toMatchObject({
      name: 'table',
      requires: ['id'],
    });
  });

  it('answers a definition given in place of a reference with the right form', () => {
    const wrong = { name: 'f', open() {} } as unknown as ReturnType<typeof customFormat>;
    expect(() => files<Row>('out/table', wrong)).toThrow(/customFormat\(new URL/);
  });
});
