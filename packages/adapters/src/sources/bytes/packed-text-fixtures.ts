// Owns one text as other programs have compressed it, for tests. Not part of the package.

export const text: string = Array.from({ length: 400 }, (_, i) => `id ${(i * i) % 97}, grüße\n`).join('');

/** By the zstd program, version 1.5.4, with --check and level 19. */
export const zstdText: Buffer = Buffer.from(
  'KLUv/WQvFjUFAAIMHBTQFw6rSsG5RPhwjpQyyZRkOEsUI/SdNO/Zp9VTnhp2TtcONSz9bF7tG8joNWammTOeSt5+89T4HtkVtaiuyHo3Ts3/jaTyZzMmsxq6' +
    'DeSrefavNByqpZuzwVTZU5p/fmnOMwPiAIpkURbECIQhII5gqCEkvf0zoF12AxJ4BIH8/Wv/74wxWgtSFBrElEqcBLu51waqYDfv8dSERRQ9soRPVgEv4sHW',
  'base64',
);

/** By the lz4 program, version 1.9.4, at level 9, with the size of the content and checksums of it and of its blocks. */
export const lz4Text: Buffer = Buffer.from(
  'BCJNGHxALxcAAAAAAAAwYwEAAPkDaWQgMCwgZ3LDvMOfZQppZCAxDgAZNA4AGjkqABk2DwApMjUPABozHgAaNDwAGjZZABo4dgAaM1kACiwAKTQ3DwAqNzIt' +
    'AApJAApYABo2HgAbObIACncAGzcYAQo8ABo1LQAbOe4ACzgBC1UBCzwACi0AGjV4ABo4wgAKswAaMgwBGjgtABo1WQAaMsIAGziSAQuDAQppABoxHgAaOO8A' +
    'Gzb+AAqHABozeAAbMdIACgwBChsBGjiGABo3swAbNx4AHzMPAAoPSwAKLzg1hwAJHzbBAAkvMzL9AAkvNjY5AQkfMXUBCi82MbEBCS8yMu0BCS84OCkCCQtH' +
    'Ah84gQIJLzk0vQIKHzH5AgofNjUDCS8xMnEDCS8zM60DCR826QMKHzIjBAkvNDdfBAkfM5kECS82NNUECR8zEQUKLzE2TAUIHzSEBQUPoAX/////////////' +
    '/////////4hQvMOfZQrk4m7EAAAAAKDKFZ4=',
  'base64',
);
