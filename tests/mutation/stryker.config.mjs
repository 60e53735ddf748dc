/**
 * Mutates one source file and runs the tests that hold it: MUTATE and MUTATION_TESTS are set by tests/mutation/run.
 * Source: https://stryker-mutator.io/docs/stryker-js/configuration/
 */
import { join } from 'node:path';

const file = process.env.MUTATE ?? '';
const name = file.replaceAll('/', '-');

export default {
  mutate: [file],
  // Installed below .rig/ by tests/mutation/run: not a dependency of the project.
  plugins: [join(process.cwd(), '.rig/stryker/node_modules/@stryker-mutator/jest-runner/dist/src/index.js')],
  testRunner: 'jest',
  jest: { configFile: 'tests/mutation/jest.config.mjs', enableFindRelatedTests: false },
  coverageAnalysis: 'perTest',
  // A mutant of a constant is seen by what it does, at the price of one run of all tests.
  ignoreStatic: false,
  tsconfigFile: 'none',
  tempDirName: '.rig/stryker-sandbox',
  ignorePatterns: ['.rig', 'dist', 'reports', 'coverage', 'docs', 'examples', '.aws-sam'],
  concurrency: 1,
  // Beyond one and a half times what its tests take, seconds at most: the price of each endless loop.
  timeoutMS: 15_000,
  reporters: ['clear-text', 'json', 'progress-append-only'],
  clearTextReporter: { allowColor: false, reportTests: false, reportMutants: true, skipFull: true, logTests: false },
  jsonReporter: { fileName: `.rig/mutation/${name}.json` },
};
