// Owns the bytes of a google.rpc.Status for tests: an ErrorInfo with facts, and a RetryInfo with a delay.

const field = (number: number, bytes: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([number * 8 + 2]), varint(bytes.length), bytes]);
const text = (number: number, value: string): Buffer => field(number, Buffer.from(value));

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest > 127 ? (rest % 128) + 128 : rest);
    if (rest <= 127) return Buffer.from(bytes);
  }
}

export function statusBytes(info: Readonly<Record<string, string>>, retryDelaySeconds?: number): Buffer {
  const entries = Object.entries(info).map(([key, value]) =>
    field(3, Buffer.concat([text(1, key), text(2, value)])),
  );
  const any = (type: string, content: Buffer): Buffer =>
    field(3, Buffer.concat([text(1, `type.googleapis.com/${type}`), field(2, content)]));
  const delay = Buffer.concat([Buffer.from([8]), varint(retryDelaySeconds ?? 0)]);
  return Buffer.concat([
    Buffer.from([8, 13]),
    text(2, 'a message'),
    any('google.rpc.ErrorInfo', Buffer.concat([text(1, 'a.reason'), ...entries])),
    ...(retryDelaySeconds === undefined ? [] : [any('google.rpc.RetryInfo', field(1, delay))]),
  ]);
}
