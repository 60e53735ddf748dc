/** Tests run from the sources, as CommonJS by swc; the bundles are tested by tests/e2e as processes of their own. */
export default {
  testEnvironment: 'node',
  // Much of it waits for the pace of an API: both of two cores are of use.
  maxWorkers: '100%',
  // A guard against tests that hang. A machine that is forty times slower than a quiet one (seen) must not fail a test that takes seconds.
  testTimeout: 600_000,
  globalSetup: '<rootDir>/tests/global-setup.mjs',
  roots: ['<rootDir>/tests'],
  testMatch: ['**/*.test.ts'],
  // The fault matrix takes minutes: npm run test:faults. tests/engine needs Athena's engine: tests/rigs/ask-in-athena.
  testPathIgnorePatterns: ['/node_modules/', '/tests/rigs/', '/tests/engine/', '/fault-matrix'],
  transform: {
    '\\.(ts|mjs|js)$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' }, sourceMaps: 'inline' }],
  },
  // These publish ES modules only.
  transformIgnorePatterns: ['/node_modules/(?!(hyparquet|hyparquet-writer)/)'],
};
