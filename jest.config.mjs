/** Tests run from the sources, as CommonJS by swc; the bundles are tested by tests/e2e as processes of their own. */
export default {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/tests/global-setup.mjs',
  roots: ['<rootDir>/tests'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/tests/rigs/'],
  transform: {
    '\\.(ts|mjs|js)$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' }, sourceMaps: 'inline' }],
  },
  // These publish ES modules only.
  transformIgnorePatterns: ['/node_modules/(?!(hyparquet|hyparquet-writer)/)'],
};
