// Owns how a file sink's options of publishing are read: the way, and how long replaced generations stay.
import { shownOption } from '../../errors/check-options.js';
import type { PublishWay } from '../sink.js';
import type { FilePlace } from './file-place.js';
import type { FileSinkSettings } from './settings.js';
import { refuse, wholeOr } from './sink-options.js';

/** Of the options of a file sink. */
interface PublishOptions {
  readonly publish?: PublishWay | undefined;
  readonly adopt?: boolean | undefined;
  readonly keepGenerations?: number | undefined;
  readonly keepGenerationsMs?: number | undefined;
}

export function publishOf(place: FilePlace, { publish = 'swap', adopt = false }: PublishOptions): PublishWay {
  if (publish !== 'swap' && publish !== 'generations') {
    throw refuse(place, `publish ${shownOption(publish)} does not exist; use swap or generations`);
  }
  if (publish === 'generations' && place.location.kind === 'file') {
    throw refuse(
      place,
      'generations are directories, and this is one file, which is replaced by one rename anyway',
    );
  }
  if (adopt && publish === 'swap') throw refuse(place, `adopt goes with publish: 'generations' only`);
  return publish;
}

export function keptOf(
  place: FilePlace,
  publish: PublishWay,
  { keepGenerations, keepGenerationsMs }: PublishOptions,
): Pick<FileSinkSettings, 'keepGenerations' | 'keepGenerationsMs'> {
  const given = Object.entries({ keepGenerations, keepGenerationsMs }).find(
    ([, value]) => value !== undefined,
  );
  if (given !== undefined && publish === 'swap') {
    throw refuse(place, `${given[0]} goes with publish: 'generations' only`);
  }
  return {
    keepGenerations: wholeOr(place, keepGenerations, undefined, 'keepGenerations'),
    keepGenerationsMs: wholeOr(place, keepGenerationsMs, undefined, 'keepGenerationsMs', 0),
  };
}
