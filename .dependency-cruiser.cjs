/**
 * Who may import whom: one line a room, as docs/explanation/architecture.md draws it. What a line does not name may not be imported
 * from that room. `core/model` is everyone's: it holds the types and the table of errors.
 */
const broker = 'core/engine/broker\\.ts$';
const foundation = ['core/model/', 'core/hashing/', 'support/', 'core/ports/'];
const stores = ['local', 'memory', 's3', 'rows'];
const storesInSql = ['sqlite', 'postgres'];
const runners = ['program', 'python', 'module', 'historical-echo'];
const sharedByRunners = ['runners/[^/]+\\.ts$', 'runners/process/', 'runners/code/'];

const mayImport = {
  'core/model/': [],
  'support/': ['core/model/'],
  'core/hashing/': ['core/model/', 'support/'],
  'core/ports/': ['core/model/', 'support/'],
  'core/publication/': foundation,
  'core/engine/': [...foundation, 'core/publication/'],
  'core/maintenance/': [...foundation, 'core/publication/'],
  ...Object.fromEntries(stores.map((store) => [`stores/${store}/`, foundation])),
  ...Object.fromEntries(
    storesInSql.map((store) => [`stores/${store}/`, [...foundation, 'stores/rows/']]),
  ),
  ...Object.fromEntries(
    runners.map((runner) => [`runners/${runner}/`, [...foundation, broker, ...sharedByRunners]]),
  ),
  'runners/([^/]+\\.ts$|process/|code/)': [...foundation, broker, ...sharedByRunners],
  'watch/': [...foundation, broker],
  'http/wire/': [...foundation, broker],
  'http/server/': [...foundation, broker, 'http/wire/'],
  'http/client/': [...foundation, broker, 'http/wire/'],
  // The page runs in a browser, and knows the daemon by its HTTP surface alone.
  'http/ui/': [],
  'daemon/': [...foundation, broker, 'core/maintenance/', 'http/', 'watch/'],
  'compose/': ['core/', 'support/', 'stores/', 'runners/', 'http/', 'watch/', 'daemon/'],
  'cli/': ['core/model/', 'support/', broker, 'compose/', 'daemon/'],
  'commands/': ['core/model/', 'support/', broker, 'cli/'],
  'bin\\.ts$': ['cli/', 'commands/'],
};

const path = (rooms) => rooms.map((room) => `^src/${room}`);

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: ['^src/index\\.ts$', '\\.d\\.ts$'] },
      to: {},
    },
    ...Object.entries(mayImport).map(([room, allowed]) => ({
      name: `imports-of-${room
        .replace(/\/.*\(.*|\\.*$/, '')
        .replaceAll('/', '-')
        .replace(/-$/, '')}`,
      severity: 'error',
      from: { path: `^src/${room}` },
      to: { path: '^src/', pathNot: path([room, ...allowed]) },
    })),
    {
      name: 'src-does-not-import-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|scripts)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json'] },
  },
};
