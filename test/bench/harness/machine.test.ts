import { homedir, tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { describeMachine, diskIn } from './machine.js';

const mounts = `proc /proc proc rw 0 0
/dev/nvme0n1p2 / ext4 rw,relatime 0 0
/dev/sda1 /data xfs rw 0 0
/dev/vdb /data/virtual ext4 rw 0 0
tmpfs /tmp tmpfs rw 0 0
`;
const rotational = (device: string): string => (device === 'sda' ? '1\n' : '0\n');

describe('the disk of a folder', () => {
  it('is that of the innermost mount, by file system and kind', () => {
    expect(diskIn(mounts, '/home/work', rotational)).toBe('ext4 on a solid-state disk');
    expect(diskIn(mounts, '/data/work', rotational)).toBe('xfs on a turning disk');
    expect(diskIn(mounts, '/database', rotational)).toBe('ext4 on a solid-state disk');
    expect(diskIn(mounts, '/data/virtual', rotational)).toBe('ext4 on a virtual disk');
    expect(diskIn(mounts, '/tmp/work', rotational)).toBe('tmpfs');
  });

  it('is of unknown kind where the system does not say', () => {
    const silent = (): string => {
      throw new Error('no such file');
    };
    expect(diskIn(mounts, '/home', silent)).toBe('ext4 on a disk of unknown kind');
    expect(diskIn('', '/home', silent)).toBe('unknown');
  });
});

describe('the machine', () => {
  it('is described without a host name or a path', () => {
    const machine = describeMachine('/', new Date('2001-02-03T04:05:06Z'));
    expect(machine).toMatchObject({ node: process.versions.node, date: '2001-02-03' });
    expect(machine.cores).toBeGreaterThan(0);
    const text = JSON.stringify(machine);
    for (const path of [process.cwd(), tmpdir(), homedir()]) expect(text).not.toContain(path);
  });
});
