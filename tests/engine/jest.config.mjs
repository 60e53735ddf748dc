import base from '../../jest.config.mjs';

/** The project's own, for the suite that needs Athena's engine: tests/rigs/ask-in-athena starts it. */
export default { ...base, rootDir: '../..', roots: ['<rootDir>/tests/engine'], testPathIgnorePatterns: ['/node_modules/'], globalSetup: '<rootDir>/tests/engine/global-setup.mjs' };
