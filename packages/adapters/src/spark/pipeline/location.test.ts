import { describe, expect, it } from 'vitest';
import { locationOf } from './location.js';

const oneOf = (paths: readonly string[]): number =>
  new Set(paths.map((path) => JSON.stringify(locationOf(path)))).size;

describe('the place of an output of Spark', () => {
  it.each([
    [
      [
        '/p/q',
        '/p/q/',
        '//p/./q',
        '/p/x/../q',
        'file:/p/q',
        'file:///p/q',
        'FILE:///p/q',
        'file://localhost/p/q',
      ],
    ],
    [['hdfs://nn:8020/p', 'HDFS://NN:8020/p/']],
    [['s3://bucket/out', 's3a://bucket/out', 'S3N://Bucket//out']],
    [['/', 'file:/', 'file:///']],
  ])('is one, however it is written: %j', (paths) => {
    expect(oneOf(paths)).toBe(1);
  });

  it.each([
    [['/p', '/P', '/p q', '/p%20q']],
    [['/out', 'hdfs:///out', 's3://out/out', 's3://out']],
    [['hdfs://one/p', 'hdfs://two/p', 'hdfs://one:9000/p']],
  ])('is another one for each of %j', (paths) => {
    expect(oneOf(paths)).toBe(paths.length);
  });

  it('is absolute also of a path that is not', () => {
    expect(locationOf('out')).toEqual({ scheme: 'spark-file', path: '/out', kind: 'directory' });
    expect(locationOf('a:b')).toMatchObject({ path: '/a:b' });
  });
});
