/** The direction of imports that docs/architecture.md draws, and no cycles. */
const room = (name) => `^src/${name}/`;
const sideRooms = ['http', 'watch', 'runners', 'stores', 'render'];

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: ['^src/index\\.ts$', '\\.d\\.ts$'] },
      to: {},
    },
    {
      name: 'core-knows-nobody',
      severity: 'error',
      from: { path: room('core') },
      to: { path: '^src/', pathNot: room('core') },
    },
    ...sideRooms.map((name) => ({
      name: `${name}-imports-core-alone`,
      severity: 'error',
      from: { path: room(name) },
      to: { path: '^src/', pathNot: [room(name), room('core')] },
    })),
    {
      name: 'app-below-commands',
      severity: 'error',
      from: { path: room('app'), pathNot: '^src/app/(command-table|all-commands)\\.ts$' },
      to: { path: room('commands') },
    },
    {
      name: 'commands-use-app',
      severity: 'error',
      from: { path: room('commands') },
      to: { path: sideRooms.filter((name) => name !== 'render').map(room) },
    },
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
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'] },
  },
};
