import base from '../../jest.config.mjs';

const { globalSetup: _builds, ...config } = base;
const tests = (process.env.MUTATION_TESTS ?? '').split(' ').filter((test) => test !== '');

/** The project's own, for the tests that hold the mutated file: they need no bundles, and each mutant is a run. */
export default { ...config, rootDir: process.cwd(), testMatch: tests.map((test) => `**/tests/${test}.test.ts`), setupFiles: ['<rootDir>/tests/mutation/no-waiting.mjs'] };
