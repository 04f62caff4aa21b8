// Owns one file while it is uploaded: parts of even size, a few in flight, its checksum. It makes nothing visible.
import { createHash, randomUUID } from 'node:crypto';
import { TailraceError } from '../../errors/tailrace-error.js';
import type { StoreFile } from '../../sink/store.js';
import { abortUpload } from './clear.js';
import type { Lanes } from './lanes.js';
import type { Part, Upload } from './object-client.js';
import { done, failedFor, maxWriteRounds, unanswered } from './object-error.js';
import type { Decided, Objects } from './objects.js';

/** What a file becomes when it is whole. */
export interface Landing {
  /** Key that it is uploaded to. */
  readonly key: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** True: as one write when it is small enough. */
  readonly mayBePut: boolean;
  /** An upload was begun, before anything is sent to it. */
  begun?(upload: Upload): Promise<void>;
  /** All parts are there, and nothing is visible. Default: the object is made whole, under a key that nobody knows. */
  landed?(upload: Upload, parts: readonly Part[], closed: Closed): Promise<void>;
  /** After an abort. False: its upload may still be there. */
  gone?(isEnded: boolean): Promise<void>;
}

export interface Closed {
  readonly bytes: number;
  readonly checksum: string;
}

export interface StagedObjectInit {
  readonly objects: Objects;
  readonly landing: Landing;
  /** Bytes of a part; so much is held by each that is gathered or in flight. */
  readonly partBytes: number;
  readonly lanes: Lanes;
}

/** Bytes that a file begins to gather with. */
const firstBytes = 64 * 1_024;
/** Bytes that are hashed in one turn. */
const bytesPerTurn = 2 ** 19;
/** Bytes that are copied and then hashed: while they are in the cache of the processor. */
const bytesPerPiece = 2 ** 18;
const nothing = new Uint8Array(0);
/** A value that no other write has, to tell one's own object by. */
const nonceName = 'tailrace-write';

export function stagedObject(init: StagedObjectInit): StoreFile {
  const { objects, landing, lanes } = init;
  const { about, signal } = objects;
  const partBytes = Math.max(init.partBytes, objects.client.limits.minPartBytes);
  const metadata = { ...landing.metadata, [nonceName]: randomUUID() };
  const hash = createHash('sha256');
  /** Of what is gathered. */
  let partHash = objects.client.hashPart?.();
  const leave = lanes.open();
  const sending = new Set<Promise<void>>();
  const parts: Part[] = [];
  let gathered: Uint8Array = nothing;
  let held = 0;
  let bytes = 0;
  let numbers = 0;
  let hashed = 0;
  let upload: Upload | undefined;
  let failure: { readonly error: unknown } | undefined;
  let isOpen = true;
  /** What is gathered is let go, and nothing more may be sent. */
  let isGivenUp = false;

  const begin = async (): Promise<Upload> => {
    const step = `begin an upload to ${landing.key}`;
    const answer = await objects.call((client) => client.beginUpload(landing.key, metadata, signal));
    upload = done(answer, step, about, signal);
    await landing.begun?.(upload);
    return upload;
  };

  const room = (wanted: number): void => {
    if (gathered.length >= wanted) return;
    // A file that has filled a part fills the next one, as a rule.
    const grown = numbers > 0 ? partBytes : Math.max(firstBytes, wanted, gathered.length * 2);
    const larger = Math.min(partBytes, grown);
    // Not filled with zeros: no more of it is sent than was written.
    const next = lanes.spare() ?? Buffer.allocUnsafeSlow(larger);
    next.set(gathered.subarray(0, held));
    gathered = next;
  };

  /** Resolves with whether nobody reads the bytes any more: of a call that was cut off nothing is known. */
  const send = async (
    to: Upload,
    number: number,
    body: Uint8Array,
    sum: string | undefined,
  ): Promise<boolean> => {
    let tries = 0;
    try {
      const answer = await objects.call((client) => {
        tries += 1;
        return client.putPart(to, number, body, signal, sum);
      });
      parts.push(done(answer, `upload part ${number} of ${landing.key}`, about, signal));
      return tries === 1;
    } catch (error) {
      failure ??= { error };
      return false;
    }
  };

  /** Hands over what is gathered; waits while as many parts are in flight as may be. */
  const sendGathered = async (): Promise<void> => {
    const to = upload ?? (await begin());
    // What is gathered stays the only part of this file that waits in memory.
    const lane = await lanes.take(signal);
    if (isGivenUp) {
      lane.giveBack(lane.spare);
      throw closedError();
    }
    numbers += 1;
    const isTooMany = numbers > objects.client.limits.maxParts;
    if (failure !== undefined || isTooMany) {
      lane.giveBack(lane.spare);
      throw failure?.error ?? tooManyParts();
    }
    const memory = gathered;
    const sum = partHash?.digest();
    partHash = objects.client.hashPart?.();
    const sent = send(to, numbers, memory.subarray(0, held), sum).then((isFree) => {
      lane.giveBack(isFree && memory.length === partBytes ? memory : undefined);
      sending.delete(sent);
    });
    sending.add(sent);
    gathered = lane.spare ?? nothing;
    held = 0;
  };

  const tooManyParts = (): TailraceError =>
    failedFor(
      `${landing.key} has more than ${objects.client.limits.maxParts} parts of ${partBytes} bytes; raise partBytes`,
      about,
      'write file',
    );

  const settle = async (): Promise<void> => {
    await Promise.all(sending);
    if (failure !== undefined) throw failure.error;
  };

  const putWhole = async (sha256: string): Promise<void> => {
    const body = gathered.subarray(0, held);
    const sums = { sha256, hash: partHash?.digest() };
    const put = { key: landing.key, body, metadata, condition: { kind: 'absent' }, ...sums } as const;
    await untilKnown(() => objects.decide(put));
  };

  const complete = async (to: Upload): Promise<void> => {
    const ordered = parts.toSorted((a, b) => a.number - b.number);
    const completing = { upload: to, parts: ordered, metadata, condition: { kind: 'absent' } } as const;
    await untilKnown(() => objects.complete(completing));
  };

  /** An answer that is not clear is followed by a look; what is not there is written again. */
  const untilKnown = async (write: () => Promise<Decided>): Promise<void> => {
    for (let round = 1; ; round += 1) {
      const { end, answer } = await write();
      if (end === 'done') return;
      const facts = await objects.head(landing.key);
      if (facts?.metadata[nonceName] === metadata[nonceName] && facts.bytes === bytes) return;
      if (facts !== undefined || end === 'gone') {
        const problem = facts === undefined ? 'its upload is gone' : 'something else has its key';
        throw failedFor(`${landing.key} could not be written, ${problem}`, about, 'close file');
      }
      if (round === maxWriteRounds) throw unanswered(`write ${landing.key}`, about, answer);
      await objects.pause(round);
    }
  };

  /** What was gathered has been sent, or is given up. */
  const letGo = (): void => {
    leave(held === 0 && gathered.length === partBytes ? gathered : undefined);
    gathered = nothing;
  };

  const discard = async (): Promise<void> => {
    isOpen = false;
    isGivenUp = true;
    await Promise.all(sending);
    letGo();
    // Contract: must not throw. What remains is of this run's stage, which is removed when the run ends, or by the next one.
    const ending = upload === undefined ? Promise.resolve() : abortUpload(objects, upload);
    const isEnded = await ending.then(
      () => true,
      () => false,
    );
    // A note that stays costs a later run a look; the file's own end has been told already.
    await landing.gone?.(isEnded).catch(() => undefined);
  };

  /** Once there is room for them, the bytes of a small file count among those in flight, and no more as those of an open file. */
  const moveToLane = (sent: Promise<void>, onHandedOver: () => void): void => {
    const waiting = new AbortController();
    // Also when the run is aborted: its calls end with it.
    const isOver = sent.catch(() => undefined).then(() => waiting.abort());
    const moved = lanes.take(waiting.signal, gathered.length / partBytes).then(async (lane) => {
      onHandedOver();
      await isOver;
      lane.giveBack();
    });
    // It was over while it waited: what became of the file its own end tells.
    moved.catch(() => undefined);
  };

  const close = async (onHandedOver?: () => void): Promise<Closed> => {
    if (upload === undefined && landing.mayBePut && bytes <= partBytes) {
      const sha256 = hash.digest('hex');
      const sent = putWhole(sha256);
      if (onHandedOver !== undefined) moveToLane(sent, onHandedOver);
      await sent;
      letGo();
      return { bytes, checksum: `sha256:${sha256}` };
    }
    if (held > 0 || upload === undefined) await sendGathered();
    await settle();
    letGo();
    // All that is left are calls that hold no bytes.
    onHandedOver?.();
    // Begun before anything was sent.
    const whole = upload as Upload;
    const closed = { bytes, checksum: `sha256:${hash.digest('hex')}` };
    if (landing.landed === undefined) await complete(whole);
    else
      await landing.landed(
        whole,
        parts.toSorted((a, b) => a.number - b.number),
        closed,
      );
    return closed;
  };

  const closedError = (): TailraceError =>
    new TailraceError(`${landing.key} was used after it was closed. Open a new file for more data.`, {
      code: 'CLOSED',
      operation: 'write to file',
      context: { path: about.path },
    });

  const ensureOpen = (): void => {
    if (!isOpen) throw closedError();
  };

  return {
    async write(data) {
      ensureOpen();
      if (failure !== undefined) throw failure.error;
      bytes += data.byteLength;
      for (let done = 0; done < data.byteLength; ) {
        // Not before more comes: the last part may be a whole one.
        if (held === partBytes) await sendGathered();
        const piece = data.subarray(done, done + Math.min(partBytes - held, bytesPerPiece));
        room(held + piece.byteLength);
        gathered.set(piece, held);
        // Of the copy: what lies on shared memory is hashed and sent as the same bytes.
        const copy = gathered.subarray(held, held + piece.byteLength);
        hash.update(copy);
        partHash?.update(copy);
        held += piece.byteLength;
        done += piece.byteLength;
        hashed += piece.byteLength;
        // Parts in flight move only in turns of the event loop, which hashing takes from them.
        if (hashed >= bytesPerTurn && sending.size > 0) {
          hashed = 0;
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
    },
    async close(onHandedOver) {
      ensureOpen();
      isOpen = false;
      try {
        return await close(onHandedOver);
      } catch (error) {
        await discard();
        throw error;
      }
    },
    abort: discard,
  };
}
