// Owns the tables of docs/guides/types.md: what each format does with each type, as its mapping says it, and what readers see.
// Not part of the package.
import { describeType } from '@tailrace/core/sink';
import { type Kind, refusalCode, refusalOf, type TypeMappings } from '../types/mapping.js';
import { typeTable } from '../types/type-table.js';
import type { SeenTypes } from './seen-types.js';
import { sampleTypes } from './type-samples.js';

/** The tables by name, each as lines of Markdown. */
export function guideTables(seen: SeenTypes): ReadonlyMap<string, readonly string[]> {
  const tables = new Map<string, readonly string[]>([['matrix', matrix()]]);
  for (const [format, mappings] of Object.entries<TypeMappings>(typeTable)) {
    tables.set(format, formatTable(mappings, seen.get(format) ?? new Map()));
  }
  return tables;
}

const kinds: readonly Kind[] = [...new Set(sampleTypes.map(({ kind }) => kind))];
const cell = (text: string): string => text.replaceAll('|', '\\|');
const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  line(head),
  line(head.map(() => '---')),
  ...rows.map(line),
];

function matrix(): string[] {
  const formats = Object.entries<TypeMappings>(typeTable);
  return table(
    ['type', ...formats.map(([name]) => name)],
    kinds.map((kind) => [kind, ...formats.map(([, mappings]) => answer(mappings, kind))]),
  );
}

function answer(mappings: TypeMappings, kind: Kind): string {
  const { taken, refused } = divided(mappings, kind);
  if (refused.length === 0) return 'yes';
  return taken.length === 0 ? `\`${refusalCode}\`` : 'some';
}

function formatTable(
  mappings: TypeMappings,
  seen: ReadonlyMap<string, ReadonlyMap<Kind, readonly string[]>>,
): string[] {
  return table(
    ['type', 'is written as', ...seen.keys()],
    kinds.map((kind) => [
      kind,
      writtenAs(mappings, kind),
      ...Array.from(seen.values(), (names) =>
        (names.get(kind) ?? []).map((name) => `\`${name}\``).join(', '),
      ),
    ]),
  );
}

function writtenAs(mappings: TypeMappings, kind: Kind): string {
  const entry = mappings[kind];
  const { refused } = divided(mappings, kind);
  const reasons = new Map<string, string[]>();
  for (const [name, because] of refused) reasons.set(because, [...(reasons.get(because) ?? []), name]);
  if ('because' in entry) return `refused, \`${refusalCode}\`: ${entry.because}`;
  const exceptions = Array.from(
    reasons,
    ([because, names]) =>
      `${names.map((name) => `\`${name}\``).join(', ')} refused, \`${refusalCode}\`: ${because}`,
  );
  return [entry.as, ...exceptions].join('. ');
}

interface Divided {
  readonly taken: readonly string[];
  readonly refused: readonly (readonly [type: string, because: string])[];
}

/** The samples of a kind, by whether the format takes them. */
function divided(mappings: TypeMappings, kind: Kind): Divided {
  const taken: string[] = [];
  const refused: (readonly [string, string])[] = [];
  for (const type of sampleTypes.filter((one) => one.kind === kind)) {
    const refusal = refusalOf(mappings, type);
    if (refusal === undefined) taken.push(describeType(type));
    else refused.push([describeType(type), refusal.because]);
  }
  return { taken, refused };
}
