// Owns whether two outputs would meet: on the same place, or one inside the other. It compares text, never files.
import type { SinkLocation } from '../sink/sink.js';
import { planError, quoted } from './check.js';
import type { Graph, GraphOutput } from './graph.js';

interface Place {
  readonly output: GraphOutput;
  readonly location: SinkLocation;
  readonly segments: readonly string[];
}

/**
 * Refuses outputs that would overwrite each other.
 * @returns warnings about places that differ only in the case of letters or in Unicode form, which some file systems
 *   take for the same
 */
export function checkLocations(graph: Graph): readonly string[] {
  const places = graph.outputs.flatMap((output): Place[] => {
    const { location } = output.sink;
    return location === undefined ? [] : [{ output, location, segments: segmentsOf(asNamed(location)) }];
  });
  const warnings: string[] = [];
  places.forEach((later, index) => {
    for (const earlier of places.slice(0, index)) {
      if (earlier.location.scheme !== later.location.scheme) continue;
      refuseMeeting(graph.name, earlier, later);
      if (!meets(folded(earlier), folded(later))) continue;
      warnings.push(
        `Outputs ${quoted(earlier.output.name)} and ${quoted(later.output.name)} differ only in case or Unicode form ` +
          `(${earlier.output.sink.target}, ${later.output.sink.target}): on a case-insensitive file system they collide.`,
      );
    }
  });
  return warnings;
}

function refuseMeeting(pipeline: string, earlier: Place, later: Place): void {
  if (!meets(earlier.segments, later.segments)) return;
  const [one, two] = [earlier, later].map(
    (place) => `${quoted(place.output.name)} (${place.output.sink.target})`,
  );
  const same = earlier.segments.length === later.segments.length;
  const inner = earlier.segments.length > later.segments.length ? one : two;
  const outer = inner === one ? two : one;
  throw planError(
    same
      ? `Outputs ${one} and ${two} of pipeline ${quoted(pipeline)} write to the same place. Give each a path of its own.`
      : `Output ${inner} of pipeline ${quoted(pipeline)} lies inside output ${outer}, which is published as a whole. ` +
          'Put them beside each other.',
    { pipeline, output: later.output.name },
  );
}

/** The same, or one a prefix of the other. */
function meets(a: readonly string[], b: readonly string[]): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  return short.every((segment, index) => segment === long[index]);
}

function folded(place: Place): readonly string[] {
  return place.segments.map((segment) => segment.normalize('NFC').toLowerCase());
}

/** Names in URLs of stores may be written in several ways. What cannot be decoded the store refuses. */
function asNamed({ scheme, path }: SinkLocation): string {
  if (scheme === 'file') return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Path segments without empty ones and `.`, with `..` resolved. Both separators count, as on Windows. */
function segmentsOf(path: string): readonly string[] {
  const segments: string[] = [];
  for (const segment of path.split(/[\\/]+/)) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return segments;
}
