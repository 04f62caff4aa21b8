// Owns the description of the machine a result was measured on. It names no host and no path.
import { readFileSync } from 'node:fs';
import { arch, cpus, platform, release, totalmem } from 'node:os';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** GiB, rounded. */
  readonly memoryGib: number;
  readonly kernel: string;
  readonly node: string;
  /** File system and kind of device. */
  readonly disk: string;
  /** Day of the measurement. */
  readonly date: string;
}

/** The machine now; `folder` is where results are written. */
export function describeMachine(folder: string, now: Date): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    kernel: `${platform()} ${release().split('-')[0]} ${arch()}`,
    node: process.versions.node,
    disk: diskOf(folder),
    date: now.toISOString().slice(0, 10),
  };
}

function diskOf(folder: string): string {
  try {
    return diskIn(readFileSync('/proc/self/mounts', 'utf8'), folder, (device) =>
      readFileSync(`/sys/block/${device}/queue/rotational`, 'utf8'),
    );
  } catch {
    return 'unknown';
  }
}

/**
 * File system and device of `folder`, from the text of /proc/self/mounts.
 * @param rotational says `1` for a turning disk, given the name of the device
 */
export function diskIn(mounts: string, folder: string, rotational: (device: string) => string): string {
  let best: { point: string; type: string; device: string } | undefined;
  for (const line of mounts.split('\n')) {
    const [device = '', point = '', type = ''] = line.split(' ');
    const holds = point !== '' && `${folder}/`.startsWith(point === '/' ? '/' : `${point}/`);
    if (holds && point.length >= (best?.point.length ?? 0)) best = { point, type, device };
  }
  if (best === undefined) return 'unknown';
  if (!best.device.startsWith('/dev/')) return best.type;
  const device = best.device.slice('/dev/'.length).replace(/(?<=[a-z])\d+$|(?<=\d)p\d+$/, '');
  const kind = device.startsWith('vd') ? 'virtual disk' : kindOf(device, rotational);
  return `${best.type} on a ${kind}`;
}

function kindOf(device: string, rotational: (device: string) => string): string {
  try {
    return rotational(device).trim() === '1' ? 'turning disk' : 'solid-state disk';
  } catch {
    return 'disk of unknown kind';
  }
}
