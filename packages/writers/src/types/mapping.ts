// Owns what a format says of the types it is given: what stands for a type in its files, or why none does.
import type { DataType } from '@tailrace/core/sink';

export type Kind = DataType['kind'];

/** The code of the error with which a type is refused. */
export const refusalCode = 'SCHEMA_INVALID';

/** What stands for the type in files. */
export interface Mapping {
  readonly as: string;
  /** Why some types of the kind are refused all the same. */
  readonly except?: (type: DataType) => Refusal | undefined;
}

/** The type is refused before a run starts. */
export interface Refusal {
  /** Why, as the end of a sentence. */
  readonly because: string;
  /** What to do instead, as a sentence. */
  readonly instead: string;
}

/** Every kind of column has its place: a new one does not compile until each format has said what it does with it. */
export type TypeMappings = Readonly<Record<Kind, Mapping | Refusal>>;

export const as = (what: string): Mapping => ({ as: what });

/** Why a format does not take a type; undefined when it does. Columns within it are not looked at. */
export function refusalOf(mappings: TypeMappings, type: DataType): Refusal | undefined {
  const entry = mappings[type.kind];
  return 'because' in entry ? entry : entry.except?.(type);
}
