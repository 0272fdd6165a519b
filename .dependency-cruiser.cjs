// The way down: a room may import the rooms of every lower row; rooms of one row are strangers.
const rows = [
  ['cli'],
  ['server'],
  ['faces'],
  ['rights', 'accounts', 'copies', 'home'],
  ['vault'],
  ['store', 'media'],
  ['format', 'crypto'],
  ['base'],
];
const rooms = rows.flat();

// The home hub starts and works without any account, so it may not lean on a vault.
const exceptions = { home: ['vault'] };

function strangersOf(room) {
  const below = rows.slice(rows.findIndex((row) => row.includes(room)) + 1).flat();
  const open = below.filter((lower) => !(exceptions[room] ?? []).includes(lower));
  return rooms.filter((other) => other !== room && !open.includes(other));
}

// Tests, and the contract suites tests share, may import anything.
const testFile = '\\.(test|contract)\\.ts$';
const anyOf = (names) => `^src/(${names.join('|')})/`;

const onlyFrom = (name, homes, to) => ({
  name,
  severity: 'error',
  from: { path: '^src/', pathNot: [testFile, anyOf(homes)] },
  to,
});

module.exports = {
  rooms,
  strangersOf,
  forbidden: [
    ...rooms
      .filter((room) => strangersOf(room).length > 0)
      .map((room) => ({
        name: `way-down-${room}`,
        severity: 'error',
        from: { path: anyOf([room]), pathNot: testFile },
        to: { path: anyOf(strangersOf(room)) },
      })),
    {
      name: 'src-stays-inside',
      comment: 'The program may not depend on its tests, tools or its browser part.',
      severity: 'error',
      from: { path: '^src/', pathNot: testFile },
      to: { path: '^(test|tools|bench|demo|web)/' },
    },
    {
      name: 'no-test-from-source',
      severity: 'error',
      from: { path: '^src/', pathNot: testFile },
      to: { path: testFile },
    },
    {
      name: 'web-looks-at-format-only',
      comment: 'The browser shares the format; of the API it may know the types.',
      severity: 'error',
      from: { path: '^web/' },
      to: { path: '^src/', pathNot: '^src/(format|base)/', dependencyTypesNot: ['type-only'] },
    },
    onlyFrom('crypto-room-only', ['crypto'], {
      path: ['^(node:)?crypto$', 'node_modules/(@hpke|@noble|age-encryption)/'],
    }),
    onlyFrom('fs-rooms-only', ['store', 'server', 'cli'], { path: '^(node:)?fs(/promises)?$' }),
    {
      name: 'erasing-is-the-reapers',
      comment: 'What removes from a place, a chunk folder or the journal is in no other program.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: [testFile, '^src/store/(places|chunks|journal)/erasable-', '^src/(copies|server|cli)/reap'],
      },
      to: { path: '^src/store/(places|chunks|journal)/erasable-' },
    },
    onlyFrom('sqlite-rooms-only', ['store', 'vault'], { path: '^(node:)?sqlite$' }),
    {
      name: 'no-dev-dependency-in-source',
      severity: 'error',
      from: { path: '^src/', pathNot: testFile },
      to: { dependencyTypes: ['npm-dev'] },
    },
    {
      name: 'everything-resolves',
      comment: 'An import that does not resolve would be an import no other rule looks at.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)node_modules/.*node_modules/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: `${__dirname}/tsconfig.json` },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      extensions: ['.ts', '.mjs', '.js', '.json', '.d.ts'],
    },
  },
};
