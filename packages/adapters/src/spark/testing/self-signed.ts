// Owns a certificate for a server of tests on loopback, made anew each time so that no key lies in the repository. For tests
// alone.
// Source: RFC 5280, sections 4.1 and 4.2; X.690 for the encoding.
import { generateKeyPairSync, sign } from 'node:crypto';

export interface KeyAndCertificate {
  /** PEM. */
  readonly key: string;
  /** PEM, signed by itself: also the authority to trust. */
  readonly certificate: string;
}

const tags = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  time: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;
const names = { commonName: '550403', alternativeNames: '551d11', basicConstraints: '551d13' } as const;
const ecdsaWithSha256 = '2a8648ce3d040302';

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
const oid = (hex: string): Buffer => der(tags.oid, Buffer.from(hex, 'hex'));
const sequence = (...parts: readonly Buffer[]): Buffer => der(tags.sequence, ...parts);
const yes = der(tags.boolean, Buffer.from([0xff]));

/** For 127.0.0.1, from 2020 to 2099. */
export function selfSigned(): KeyAndCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(oid(ecdsaWithSha256));
  const name = sequence(
    der(tags.set, sequence(oid(names.commonName), der(tags.utf8, Buffer.from('tailrace test')))),
  );
  const time = (text: string): Buffer => der(tags.time, Buffer.from(text));
  const address = der(0x87, Buffer.from([127, 0, 0, 1]));
  const extensions = sequence(
    sequence(oid(names.basicConstraints), yes, der(tags.octets, sequence(yes))),
    sequence(oid(names.alternativeNames), der(tags.octets, sequence(address))),
  );
  const signed = sequence(
    der(0xa0, der(tags.integer, Buffer.from([2]))),
    der(tags.integer, Buffer.from([1])),
    algorithm,
    name,
    sequence(time('20200101000000Z'), time('20990101000000Z')),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  );
  const signature = der(tags.bits, Buffer.from([0]), sign('sha256', signed, privateKey));
  const bytes = sequence(signed, algorithm, signature).toString('base64');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificate: `-----BEGIN CERTIFICATE-----\n${bytes.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  };
}
