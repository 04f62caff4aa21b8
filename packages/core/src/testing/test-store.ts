// Owns what every store must do, as a suite that any test runner can run.
import assert from 'node:assert/strict';
import type { ModuleRef } from '../sink/module-ref.js';
import { rejectsWithin, type TestRunner, withPlace } from './runner.js';
import {
  bytesOf,
  clean,
  nameOf,
  type StoreBench,
  type StorePlace,
  type StoreRun,
  storeBench,
} from './store-bench.js';
import {
  appends,
  isExclusive,
  keepsWhenAborted,
  overwritesAsAWhole,
  overwritesFile,
  respectsWhatIsThere,
} from './store-mode-cases.js';

/** A store to be tested. */
export interface StoreSubject {
  /** Heading of the suite. */
  readonly name: string;
  /** The module as users name it, with options. */
  readonly store: ModuleRef;
  /** Makes a fresh place for a target. */
  place(kind: 'file' | 'directory'): Promise<StorePlace>;
  /** Whether a second run on a held target is refused at `begin`. Default true. */
  readonly exclusive?: boolean | undefined;
  /** Whether mode `append` works on directories. Default true. */
  readonly append?: boolean | undefined;
}

/**
 * Declares the suite: `testStore({ describe, it }, { name: 'local', store, place })`. It covers visibility, abort, retries,
 * the write modes, verify, concurrency, cancel, and names that try to leave the target.
 */
export function testStore({ describe, it }: TestRunner, subject: StoreSubject): void {
  const on = (
    kind: 'file' | 'directory',
    body: (bench: StoreBench) => Promise<void>,
  ): (() => Promise<void>) => {
    const make = async (): Promise<StoreBench> => storeBench(subject.store, kind, await subject.place(kind));
    return () => withPlace(make, body);
  };

  describe(`${subject.name} is a store that`, () => {
    it('shows nothing before the commit and everything after', on('directory', showsAtCommit));
    it('does the same for a single file', on('file', showsFileAtCommit));
    it('publishes exactly the files of the manifest', on('directory', publishesTheManifest));
    it('takes files of any size, in chunks, also from shared memory', on('directory', takesAnySize));
    it('never gives out a file that exists', on('directory', neverReuses));
    it('keeps the attempts at a single file apart', on('file', keepsAttemptsApart));
    it('leaves nothing after an abort, however often it is called', on('directory', leavesNothing));
    it('leaves nothing of a single file after an abort', on('file', leavesNoFile));
    it(
      'refuses an existing target in mode error, and says skip in mode ignore',
      on('directory', respectsWhatIsThere),
    );
    it('keeps the previous version until it is replaced as a whole', on('directory', overwritesAsAWhole));
    it('keeps the previous version when an overwriting run is aborted', on('directory', keepsWhenAborted));
    it('replaces a single file', on('file', overwritesFile));
    if (subject.append !== false) it('adds to what is there in mode append', on('directory', appends));
    if (subject.exclusive !== false)
      it('refuses a second run on a held target', on('directory', isExclusive));
    it('knows whether its commit is what readers see', on('directory', verifies));
    it('takes many files at once', on('directory', takesManyAtOnce));
    it(
      'refuses names that lead out of the target, and takes odd ones that do not',
      on('directory', refusesHostileNames),
    );
    it('stops when it is cancelled, and can still be aborted', on('directory', stopsWhenCancelled));
    it('can hold an output without files', on('directory', holdsNothing));
  });
}

async function showsAtCommit(bench: StoreBench): Promise<void> {
  const run = await bench.begin();
  assert.equal(run.skipped, false);
  const files = [await run.put('a.txt', bytesOf('one')), await run.put('p=x/q=1/b.txt', bytesOf('two'))];
  assert.deepEqual(await bench.content(), {}, 'staged files are visible');
  await run.commit(files);
  assert.deepEqual(await bench.content(), { 'a.txt': 'one', 'p=x/q=1/b.txt': 'two' });
  await clean(bench);
}

async function showsFileAtCommit(bench: StoreBench): Promise<void> {
  const run = await bench.begin();
  const file = await run.put(nameOf(bench.path), bytesOf('all of it'));
  assert.deepEqual(await bench.content(), {}, 'the staged file is visible');
  await run.commit([file]);
  assert.deepEqual(await bench.content(), { '.': 'all of it' });
  await clean(bench);
}

async function publishesTheManifest(bench: StoreBench): Promise<void> {
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

async function takesAnySize(bench: StoreBench): Promise<void> {
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

async function neverReuses(bench: StoreBench): Promise<void> {
  const run = await bench.begin();
  const first = await run.put('part.txt', bytesOf('first'));
  await rejectsWithin(undefined, 'creating a file that exists', () => accepts(run, 'part.txt'));
  await run.commit([first]);
  assert.deepEqual(await bench.content(), { 'part.txt': 'first' });
}

async function keepsAttemptsApart(bench: StoreBench): Promise<void> {
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

async function leavesNothing(bench: StoreBench): Promise<void> {
  const run = await bench.begin();
  await run.put('a.txt', bytesOf('one'));
  const open = await run.createFile('p=x/b.txt');
  await open.write(bytesOf('two'));
  await open.abort();
  await run.abort();
  await run.abort();
  assert.deepEqual(await bench.content(), {});
  await clean(bench);
  const next = await bench.begin();
  await next.commit([await next.put('c.txt', bytesOf('three'))]);
  assert.deepEqual(await bench.content(), { 'c.txt': 'three' });
}

async function leavesNoFile(bench: StoreBench): Promise<void> {
  const run = await bench.begin();
  await run.put(nameOf(bench.path), bytesOf('one'));
  await run.abort();
  assert.deepEqual(await bench.content(), {});
  await clean(bench);
}

async function verifies(bench: StoreBench): Promise<void> {
  const run = await bench.begin();
  const file = await run.put('a.txt', bytesOf('one'));
  assert.equal(await run.verify(), false, 'nothing is published yet');
  await run.commit([file]);
  assert.equal(await run.verify(), true, 'the commit is what readers see');
  const next = await bench.begin({ mode: 'overwrite' });
  assert.equal(await next.verify(), false, 'readers see the commit of another run');
  await next.abort();
}

async function takesManyAtOnce(bench: StoreBench): Promise<void> {
  const run = await bench.begin();
  const numbers = Array.from({ length: 40 }, (_, at) => at);
  const files = await Promise.all(
    numbers.map((at) => run.put(`p=${at % 5}/part-${at}.txt`, bytesOf(`content of ${at}`))),
  );
  await run.commit(files);
  const expected = numbers.map((at) => [`p=${at % 5}/part-${at}.txt`, `content of ${at}`]);
  assert.deepEqual(await bench.content(), Object.fromEntries(expected));
}

async function refusesHostileNames(bench: StoreBench): Promise<void> {
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

async function stopsWhenCancelled(bench: StoreBench): Promise<void> {
  const life = new AbortController();
  const run = await bench.begin({ signal: life.signal });
  const file = await run.put('a.txt', bytesOf('one'));
  life.abort();
  await assert.rejects(async () => {
    await accepts(run, 'b.txt');
    await run.commit([file]);
  }, 'a cancelled run must not be committed');
  await run.abort();
  assert.deepEqual(await bench.content(), {});
  await clean(bench);
}

async function holdsNothing(bench: StoreBench): Promise<void> {
  const run = await bench.begin();
  await run.commit([]);
  assert.equal(await run.verify(), true);
  assert.deepEqual(await bench.content(), {});
  await clean(bench);
}

/** Creates a file and gives it up again, so that a store that should have refused leaves none open. */
async function accepts(run: StoreRun, path: string): Promise<void> {
  const file = await run.createFile(path);
  await file.abort();
}
