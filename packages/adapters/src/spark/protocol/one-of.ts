// Owns how a choice between messages is written: the shape that @bufbuild/protobuf gives to a protobuf oneof.

/** One of the fields of `M`, with its name. */
export type OneOf<M> = { [K in keyof M]: { readonly case: K; readonly value: M[K] } }[keyof M];

/** A choice as it is read: a message of a newer server may hold a field that is not known here, which reads as none. */
export type ReadOneOf<M> = OneOf<M> | { readonly case: undefined; readonly value?: undefined };

/** A message without fields. */
export type Empty = Readonly<Record<string, never>>;
