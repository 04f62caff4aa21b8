// Owns reading what a gRPC error carries beside its message: the trailer `grpc-status-details-bin`. It is a google.rpc.Status,
// whose messages are not among Spark's, so the few fields that matter are read by hand.
// Source: google/rpc/status.proto and google/rpc/error_details.proto (numbers of the fields).

export interface StatusDetails {
  /** `metadata` of the google.rpc.ErrorInfo: `errorId`, `errorClass`, `sqlState`, `classes` ... */
  readonly info: Readonly<Record<string, string>>;
  /** How long the server asks to be left alone before the next try, in milliseconds. */
  readonly retryDelayMs: number | undefined;
}

type Fields = readonly { readonly number: number; readonly bytes: Uint8Array; readonly value: number }[];

/** What the trailer says; nothing of what cannot be read, since it only adds to an error that is there already. */
export function statusDetails(trailer: Uint8Array | undefined): StatusDetails {
  const info: [string, string][] = [];
  let retryDelayMs: number | undefined;
  try {
    for (const detail of fieldsOf(trailer ?? new Uint8Array())) {
      if (detail.number !== 3) continue;
      const any = fieldsOf(detail.bytes);
      const type = textAt(any, 1);
      const content = fieldsOf(any.find(({ number }) => number === 2)?.bytes ?? new Uint8Array());
      if (type.endsWith('/google.rpc.ErrorInfo')) {
        for (const entry of content) {
          if (entry.number !== 3) continue;
          const pair = fieldsOf(entry.bytes);
          info.push([textAt(pair, 1), textAt(pair, 2)]);
        }
      } else if (type.endsWith('/google.rpc.RetryInfo')) {
        const delay = fieldsOf(content.find(({ number }) => number === 1)?.bytes ?? new Uint8Array());
        retryDelayMs = numberAt(delay, 1) * 1_000 + numberAt(delay, 2) / 1e6;
      }
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return { info: Object.fromEntries(info), retryDelayMs };
}

const decoder = new TextDecoder();

function textAt(fields: Fields, number: number): string {
  return decoder.decode(fields.find((field) => field.number === number)?.bytes);
}

function numberAt(fields: Fields, number: number): number {
  return fields.find((field) => field.number === number)?.value ?? 0;
}

/** The fields of one message. Throws a RangeError for bytes that are none. */
function fieldsOf(bytes: Uint8Array): Fields {
  const fields: { number: number; bytes: Uint8Array; value: number }[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++];
      if (byte === undefined || factor > 2 ** 63) throw new RangeError('A message is cut off.');
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const wire = tag % 8;
    const number = Math.floor(tag / 8);
    if (wire === 0) {
      fields.push({ number, bytes: new Uint8Array(), value: varint() });
      continue;
    }
    const length = wire === 2 ? varint() : wire === 1 ? 8 : wire === 5 ? 4 : Number.NaN;
    const end = at + length;
    if (!(end <= bytes.length)) throw new RangeError('A message is cut off.');
    fields.push({ number, bytes: bytes.subarray(at, end), value: 0 });
    at = end;
  }
  return fields;
}
