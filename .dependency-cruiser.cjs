// The import rules of Tailrace: a house of seven floors, in which a folder imports from floors beneath it or its own.
const core = 'packages/core/src/';
const coreFloors = [
  ['errors', 'inspect', 'time'],
  ['batch', 'budget', 'partition', 'retry'],
  ['materialise', 'output', 'sink', 'wire'],
  ['source', 'pool', 'worker', 'store'],
  ['pipeline'],
];

const folder = (names) => `^${core}(${names.join('|')})/`;
const higher = (floor) => coreFloors.slice(floor + 1).flat();
const floorRules = coreFloors.map((names, floor) => ({
  name: `core-floor-${floor + 1}`,
  severity: 'error',
  comment: `${names.join(', ')} stand on floor ${floor + 1} of core and import only from it or from beneath.`,
  from: { path: folder(names) },
  to: { path: [`^${core}(index\\.ts$|testing/)`, ...(floor < 4 ? [folder(higher(floor))] : [])] },
}));

// The client for Spark, likewise: what is sent, who sends it, expressions, plans, the session, pipelines over it.
const spark = 'packages/adapters/src/spark/';
const sparkFloors = ['protocol', 'client', 'column', 'functions', 'frame', 'session', 'pipeline'];
const sparkRules = sparkFloors.slice(0, -1).map((name, floor) => ({
  name: `spark-floor-${floor + 1}`,
  severity: 'error',
  comment: `${name}/ of the Spark client imports only from floors beneath it.`,
  from: { path: `^${spark}${name}/`, pathNot: '\\.test\\.ts$' },
  to: { path: `^${spark}(${sparkFloors.slice(floor + 1).join('|')})/` },
}));

const publicEntries = [
  '^packages/core/(src|dist)/(index|sink/index|store/objects/index|testing/index)\\.(ts|js|d\\.ts)$',
  '^packages/writers/(src|dist)/(index|(parquet|csv|ndjson|arrow|msgpack)/index)\\.(ts|js|d\\.ts)$',
  '^packages/adapters/(src|dist)/(azure-blob|s3|sources|spark(/functions)?|terminal|inspector|telemetry/(opentelemetry|prometheus|log))/index\\.(ts|js|d\\.ts)$',
];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'A cycle has no floor: move what both need to the floor beneath.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      comment:
        'The import leads nowhere. What starts a program of the build is checked before there is a build.',
      from: { pathNot: '^packages/adapters/bin/' },
      to: { couldNotResolve: true },
    },
    ...floorRules,
    ...sparkRules,
    {
      name: 'core-folders-are-on-a-floor',
      severity: 'error',
      comment: 'A new folder of core needs a floor in this file before it may import.',
      from: { path: `^${core}[^/]+/`, pathNot: folder([...coreFloors.flat(), 'testing']) },
      to: {},
    },
    {
      name: 'core-imports-no-other-package',
      severity: 'error',
      comment: 'Core stands beneath writers, adapters, examples and test.',
      from: { path: '^packages/core/' },
      to: { path: ['^packages/(writers|adapters)/', '^(examples|test)/', '^@tailrace/'] },
    },
    {
      name: 'writers-and-adapters-use-public-core',
      severity: 'error',
      comment: 'Writers and adapters import the public entries of core only.',
      from: { path: '^packages/(writers|adapters)/' },
      to: { path: ['^packages/core/', '^examples/', '^test/'], pathNot: publicEntries },
    },
    {
      name: 'writers-and-adapters-are-strangers',
      severity: 'error',
      comment: 'Writers never import adapters, nor adapters writers.',
      from: { path: '^packages/(writers|adapters)/' },
      to: { path: '^packages/(writers|adapters)/', pathNot: '^packages/$1/' },
    },
    {
      name: 'packages-by-name',
      severity: 'error',
      comment: 'Another package is imported by its name, not by a path into it.',
      from: {
        path: '^(packages/[^/]+|examples|test)/',
        pathNot: '^test/(simulation/|interop/type-matrix\\.test\\.ts$)',
      },
      to: {
        path: '^packages/',
        pathNot: '^$1/',
        dependencyTypes: ['local'],
        dependencyTypesNot: ['aliased'],
      },
    },
    {
      name: 'examples-and-tests-use-public-entries',
      severity: 'error',
      comment:
        'Examples and tests outside src see what users see. The simulation puts parts of core into a world of its own; the matrix of types of polars is made of the table that the writers check schemas against.',
      from: { path: '^(examples|test)/', pathNot: '^test/(simulation/|interop/type-matrix\\.test\\.ts$)' },
      to: { path: '^packages/', pathNot: publicEntries },
    },
    {
      name: 'simulation-knows-core-only',
      severity: 'error',
      comment: 'The simulation imports the sources of core, and nothing else of ours.',
      from: { path: '^test/simulation/' },
      to: { path: '^(packages|examples|test)/', pathNot: ['^packages/core/src/', '^test/simulation/'] },
    },
    {
      name: 'examples-and-tests-are-leaves',
      severity: 'error',
      comment: 'Nothing imports an example or a test.',
      from: { path: '^(packages/[^/]+|examples|test)/' },
      to: { path: '^(examples|test)/', pathNot: '^$1/' },
    },
    {
      name: 'worker-without-pool-or-rxjs',
      severity: 'error',
      comment: 'What runs in the thread knows neither who supervises it nor RxJS.',
      from: { path: `^${core}worker/` },
      to: { path: [`^${core}pool/`, '(^|/)node_modules/rxjs/'] },
    },
    {
      name: 'sink-entry-is-light',
      severity: 'error',
      comment: 'Authors of sinks, formats and stores pull in neither RxJS nor XState.',
      from: { path: `^${core}sink/` },
      to: { path: '(^|/)node_modules/(rxjs|xstate)/' },
    },
    {
      name: 'threads-belong-to-the-pool',
      severity: 'error',
      comment: 'Only pool/ starts threads, and worker/main.ts is what it starts.',
      from: {
        path: '^(packages|examples)/',
        pathNot: [`^${core}(pool/|worker/main\\.ts$)`, '\\.test\\.ts$'],
      },
      to: { path: '^(node:)?worker_threads$' },
    },
    {
      name: 'machines-are-pure',
      severity: 'error',
      comment: 'Effects come into a machine through setup({ actors }): it imports no node:* and no Arrow.',
      from: { path: '\\.machine\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'machines-hold-no-batches',
      severity: 'error',
      comment: 'Batches never enter the context or the events of a machine: it imports no Arrow.',
      from: { path: '\\.machine\\.ts$' },
      to: { path: '(^|/)node_modules/apache-arrow/' },
    },
    {
      name: 'packages-ship-what-they-import',
      severity: 'error',
      comment: 'What src imports outside its tests is a dependency of that package, not a development one.',
      from: {
        path: '^packages/[^/]+/src/',
        // The page is bundled with all it imports; the last four are for tests alone: no entry imports them.
        pathNot: [
          '\\.test\\.ts$',
          '^packages/adapters/src/inspector/(page/|model/chart-picture\\.ts$)',
          '^packages/writers/src/testing/',
          '^packages/adapters/src/sources/parquet/test-rig\\.ts$',
          '^packages/core/src/store/local/store-bench\\.ts$',
          '^packages/core/src/materialise/column-types-fixtures\\.ts$',
        ],
      },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['npm', 'npm-peer'],
      },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    doNotFollow: { path: ['node_modules'] },
    exclude: { path: ['^(packages/[^/]+|examples|test|test/bench)/dist/', '\\.config\\.ts$'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
