// Owns what every store does in a run that goes well, for the conformance suite of stores.
import assert from 'node:assert/strict';
import { rejectsWithin } from './assertions.js';
import { accepts, bytesOf, checked, clean, nameOf, type StoreBench } from './store-bench.js';

export async function showsAtCommit(bench: StoreBench): Promise<void> {
  const run = await bench.begin();
  assert.equal(run.skipped, false);
  const files = [await run.put('a.txt', bytesOf('one')), await run.put('p=x/q=1/b.txt', bytesOf('two'))];
  assert.deepEqual(await bench.content(), {}, 'staged files are visible');
  await run.commit(files);
  assert.deepEqual(await bench.content(), { 'a.txt': 'one', 'p=x/q=1/b.txt': 'two' });
  await clean(bench);
}

export async function showsFileAtCommit(bench: StoreBench): Promise<void> {
  const run = await bench.begin();
  const file = await run.put(nameOf(bench.path), bytesOf('all of it'));
  assert.deepEqual(await bench.content(), {}, 'the staged file is visible');
  await run.commit([file]);
  assert.deepEqual(await bench.content(), { '.': 'all of it' });
  await clean(bench);
}

export async function publishesTheManifest(bench: StoreBench): Promise<void> {
  const run = await bench.begin();
  const wanted = await run.put('wanted.txt', bytesOf('wanted'));
  await run.put('of-a-lost-attempt.txt', bytesOf('lost'));
  const removed = await run.put('p=1/removed.txt', bytesOf('removed'));
  await run.removeFile(removed);
  await run.removeFile(removed);
  const open = await run.createFile('aborted.txt');
  await open.write(bytesOf('aborted'));
  await open.abort();
  await run.commit([wanted]);
  assert.deepEqual(await bench.content(), { 'wanted.txt': 'wanted' });
  await clean(bench);
}

export async function takesAnySize(bench: StoreBench): Promise<void> {
  const run = await bench.begin();
  const shared = new Uint8Array(new SharedArrayBuffer(100_000)).fill(0x61);
  const crumbs = Array.from({ length: 3_000 }, (_, at) => bytesOf(`${at},`));
  const files = [
    await run.put('empty', new Uint8Array(0)),
    await run.put('none'),
    await run.put('crumbs', ...crumbs),
    await run.put('large', ...Array.from({ length: 30 }, () => shared.subarray(1)), ...crumbs, shared),
  ];
  await run.commit(files);
  for (const file of files) assert.equal((await bench.read(file.path)).byteLength, file.bytes);
  assert.equal(Buffer.from(await bench.read('crumbs')).toString(), crumbs.map((_, at) => `${at},`).join(''));
}

export async function neverReuses(bench: StoreBench): Promise<void> {
  const run = await bench.begin();
  const first = await run.put('part.txt', bytesOf('first'));
  await rejectsWithin(undefined, 'creating a file that exists', () => accepts(run, 'part.txt'));
  await run.commit([first]);
  assert.deepEqual(await bench.content(), { 'part.txt': 'first' });
}

export async function keepsAttemptsApart(bench: StoreBench): Promise<void> {
  const run = await bench.begin();
  const name = nameOf(bench.path);
  // A worker that died: its file is neither closed nor aborted. Another that came further.
  const lost = await run.createFile(name);
  await lost.write(bytesOf('lost'));
  try {
    await run.put(name, bytesOf('given up'));
    const file = await run.put(name, bytesOf('final'));
    await run.commit([file]);
    assert.deepEqual(await bench.content(), { '.': 'final' });
  } finally {
    await lost.abort();
  }
  assert.deepEqual(await bench.content(), { '.': 'final' });
  await clean(bench);
}

export async function verifies(bench: StoreBench): Promise<void> {
  const run = await bench.begin();
  const file = await run.put('a.txt', bytesOf('one'));
  assert.equal(await run.verify(), false, 'nothing is published yet');
  await run.commit([file]);
  assert.equal(await run.verify(), true, 'the commit is what readers see');
  const next = await bench.begin({ mode: 'overwrite' });
  assert.equal(await next.verify(), false, 'readers see the commit of another run');
  await next.abort();
}

export async function takesManyAtOnce(bench: StoreBench): Promise<void> {
  const run = await bench.begin();
  const numbers = Array.from({ length: 40 }, (_, at) => at);
  const files = await Promise.all(
    numbers.map((at) => run.put(`p=${at % 5}/part-${at}.txt`, bytesOf(`content of ${at}`))),
  );
  await run.commit(files);
  const expected = numbers.map((at) => [`p=${at % 5}/part-${at}.txt`, `content of ${at}`]);
  assert.deepEqual(await bench.content(), Object.fromEntries(expected));
}

export async function refusesHostileNames(bench: StoreBench): Promise<void> {
  const run = await bench.begin();
  for (const path of [
    '../escaped',
    'p=1/../../escaped',
    '/etc/escaped',
    'a//b',
    './a',
    'a/.',
    '..',
    '',
    'nul\0',
  ]) {
    await rejectsWithin(undefined, `the name ${JSON.stringify(path)}`, () => accepts(run, path));
  }
  const odd = ['p=a%2Fb/x', 'p= 漢 é/x', "p='$(x)`;&|*?/x", `${'n'.repeat(200)}/x`];
  const files = [];
  for (const path of odd) files.push(await run.put(path, bytesOf(path)));
  await run.commit(files);
  assert.deepEqual(await bench.content(), Object.fromEntries(odd.map((path) => [path, path])));
  await clean(bench);
}

export async function holdsNothing(bench: StoreBench): Promise<void> {
  const run = await bench.begin();
  await run.commit([]);
  assert.equal(await run.verify(), true);
  assert.deepEqual(await bench.content(), {});
  await clean(bench);
}

/** A caller may use its memory again once `write` has settled. */
export async function takesBytesAtOnce(bench: StoreBench): Promise<void> {
  const run = await bench.begin();
  const file = await run.createFile('a.txt');
  const buffer = new Uint8Array(70_000);
  for (const byte of [0x61, 0x62, 0x63]) {
    buffer.fill(byte);
    await file.write(buffer);
  }
  buffer.fill(0);
  const content = Buffer.from('a'.repeat(70_000) + 'b'.repeat(70_000) + 'c'.repeat(70_000));
  const staged = { path: 'a.txt', rows: 1, ...checked('a.txt', await file.close(), content) };
  await run.commit([staged]);
  assert.ok(content.equals(await bench.read('a.txt')), 'the file holds other bytes than were written');
}
