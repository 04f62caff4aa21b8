// Owns CRC-32C, the checksum of journal records and of nothing else.

/** The Castagnoli polynomial, reflected: RFC 3720, section 12.1; the bytewise table is that of D. V. Sarwate (1988). */
const polynomial = 0x82f63b78;

const table: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit += 1) {
    remainder = (remainder & 1) === 1 ? (remainder >>> 1) ^ polynomial : remainder >>> 1;
  }
  return remainder >>> 0;
});

/** CRC-32C of the bytes, as an unsigned 32-bit number. Its test values are those of RFC 3720, appendix B.4. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (table[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
