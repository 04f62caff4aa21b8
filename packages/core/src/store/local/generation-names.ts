// Owns the names of generations: the immutable directories beside a target, numbered, to the newest of which its path links.
import { join } from 'node:path';
import type { FileSystem } from './file-system.js';
import { failedWith } from './store-error.js';

/** Where something lies: what the names beside it are made from. */
interface Named {
  readonly parent: string;
  readonly name: string;
}

/** The directory that holds the generations of a target: `.<name>.gen`. */
export function generationsPath(place: Named): string {
  return join(place.parent, folderOf(place.name));
}

/** `.<name>.gen/00000007`. */
export function generationPath(place: Named, generation: number): string {
  return join(generationsPath(place), generationName(generation));
}

/** What the link at the target holds: relative, so that the directory of the dataset can be moved. */
export function linkText(place: Named, generation: number): string {
  return `${folderOf(place.name)}/${generationName(generation)}`;
}

/** The generation that a link at a target of this name leads to; undefined for every other link. */
export function generationOfLink(name: string, link: string): number | undefined {
  const prefix = `${folderOf(name)}/`;
  return link.startsWith(prefix) ? numberOf(link.slice(prefix.length)) : undefined;
}

/** The generations that are there, oldest first. */
export async function listGenerations(fs: FileSystem, place: Named): Promise<readonly number[]> {
  try {
    const entries = await fs.readdir(generationsPath(place));
    const numbers = entries.map(({ name, isDirectory }) => (isDirectory ? numberOf(name) : undefined));
    return numbers.filter((number) => number !== undefined).sort((a, b) => a - b);
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return [];
    throw error;
  }
}

function folderOf(name: string): string {
  return `.${name}.gen`;
}

function generationName(generation: number): string {
  return String(generation).padStart(8, '0');
}

/** Only in the form that it is written in, so that a number has one name. */
function numberOf(name: string): number | undefined {
  const number = /^\d{8,15}$/.test(name) ? Number(name) : 0;
  return number > 0 && generationName(number) === name ? number : undefined;
}
