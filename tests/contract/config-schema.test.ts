import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { zoneNames } from '#adapters/zones';
import { FORMATS } from '#core/partition';
import { isDay } from '#core/window';
import { LOCAL_ONLY, readSettings, SETTING_NAMES, type SettingName } from '#runtime/config';
import { configSchema } from '#runtime/config-schema';
import { ROOT } from './cloudformation.ts';

const zones = zoneNames();
const schema = configSchema(zones);
const ajv = new Ajv({ allowUnionTypes: true });
const validate = ajv.compile(schema);
const names = SETTING_NAMES.filter((name) => !LOCAL_ONLY.has(name));

/** What a stack always has, but for what the content sets. */
function stackWithout(content: object): Record<string, string> {
  const set = Object.entries(content).filter(([, value]) => value !== null && value !== '').map(([name]) => name);
  return Object.fromEntries(Object.entries({ S3_BUCKET: 'reports', FIRST_YEAR: '2000', LAST_YEAR: '2099' }).filter(([name]) => !set.includes(name)));
}

function isAcceptedByFunctions(content: object): boolean {
  try {
    readSettings(stackWithout(content), { where: 'config.json', text: JSON.stringify(content) }, zones);
    return true;
  } catch (error) {
    if ((error as Error).name === 'ConfigError') return false;
    throw error;
  }
}

const days = fc.date({ min: new Date('1960-01-01'), max: new Date('3010-12-31'), noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10));
const twoDigits = fc.integer({ min: 0, max: 40 }).map((number) => String(number).padStart(2, '0'));
/** Values near to those that a setting allows, on both sides. */
const NEAR: Readonly<Record<SettingName, fc.Arbitrary<unknown>>> = {
  S3_BUCKET: fc.stringMatching(/^[a-zA-Z0-9._-]{1,66}$/),
  REPORT_FOLDER: fc.string(),
  EVENT_SOURCE: fc.string(),
  OUTPUT_TYPE: fc.constantFrom(...FORMATS, 'CSV', 'xml'),
  REPORT_PREFIX: fc.array(fc.constantFrom('a', 'B9', '/', '/', '.', '..', '=', '(', '*', "'", '!', '_', ' ', 'é', '\\', '\n'), { maxLength: 7 }).map((parts) => parts.join('')),
  TIME_ZONE: fc.oneof(fc.constantFrom(...zones), fc.constantFrom('utc', 'Mars/Olympus', 'America/New York')),
  TEST_START_DATE: fc.oneof(days, fc.tuple(fc.constantFrom('2024', '2026', '2100', '1969'), twoDigits, twoDigits).map((parts) => parts.join('-'))),
  TEST_END_DATE: fc.oneof(days, fc.tuple(fc.constantFrom('2024', '2026', '2100', '1969'), twoDigits, twoDigits).map((parts) => parts.join('-'))),
  STATE_MACHINE_ARN: fc.stringMatching(/^arn:aws(-us-gov)?:states:us-east-1:\d{11,13}:(stateMachine|activity):[A-Za-z_.-]{0,82}$/),
  BACKFILL_STATE_MACHINE_ARN: fc.stringMatching(/^arn:(aws|gcp):(states|lambda):[a-z-]*:\d{12}:stateMachine:[A-Za-z_-]{1,80}$/),
  MAP_CONCURRENCY: fc.integer({ min: -1, max: 45 }),
  LOOKUP_RATE: fc.oneof(fc.double({ min: 0, max: 101, noNaN: true }), fc.constantFrom(0.1, 0.09, 100, 100.01, 1.15)),
  SETTLE_HOURS: fc.oneof(fc.integer({ min: -1, max: 800 }), fc.constant(1.5)),
  RESOLVE_ROLE_CHAIN: fc.constantFrom(true, false, 'true', 'false', 'yes', 1),
  RECHECK_DAYS: fc.integer({ min: -1, max: 45 }),
  UNCOMPARED_WORKGROUPS: fc.array(fc.constantFrom('hr', 'a.b-c_D', ',', ', ', '*', '/', 'x'.repeat(100)), { maxLength: 5 }).map((parts) => parts.join('')),
  FIRST_YEAR: fc.integer({ min: 1990, max: 2110 }),
  LAST_YEAR: fc.integer({ min: 1990, max: 2110 }),
};
const anything = fc.oneof(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null), fc.constant(''), fc.array(fc.string()), fc.object());
/** Blanks about a value are passed over by the functions and refused by the schema. */
const withoutBlanks = (value: unknown): boolean => typeof value !== 'string' || value === value.trim();

describe('config.schema.json', () => {
  it('is what the settings in config.ts say (npm run schema writes it)', () => {
    expect(JSON.parse(readFileSync(join(ROOT, 'config.schema.json'), 'utf8'))).toEqual(schema);
  });

  it('describes every setting that config.json may have, and no other', () => {
    const properties = Object.entries(schema['properties'] as Record<string, { description?: string }>);

    expect(properties.map(([name]) => name)).toEqual(['$schema', ...names]);
    for (const [, { description }] of properties) expect(description).toMatch(/^\w.{15,}/);
  });

  it('knows every day of the calendar, and none beside it', () => {
    const years = [1968, 1970, 1972, 1999, 2000, 2023, 2024, 2026, 2100, 2400, 2999, 3000];
    const labels = (count: number) => Array.from({ length: count }, (_, index) => String(index).padStart(2, '0'));
    const texts = years.flatMap((year) => labels(14).flatMap((month) => labels(33).map((day) => `${year}-${month}-${day}`)));

    expect(texts.filter((text) => validate({ TEST_END_DATE: text }) !== isDay(text))).toEqual([]);
  });

  it.each(names)('and the functions accept the same values of %s', (name) => {
    const seen = { accepted: 0, refused: 0 };
    const values = fc.oneof({ weight: 3, arbitrary: NEAR[name] }, { weight: 2, arbitrary: NEAR[name].map(String) }, { weight: 1, arbitrary: anything }).filter(withoutBlanks);
    fc.assert(fc.property(values, (value) => {
      const accepted = isAcceptedByFunctions({ [name]: value });
      seen[accepted ? 'accepted' : 'refused'] += 1;
      expect([value, validate({ [name]: value })]).toEqual([value, accepted]);
    }), { seed: 20261120, numRuns: 400 });

    // Both answers were asked for.
    expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(10);
  });

  it('refuses a name that is no setting, as the functions do', () => {
    fc.assert(fc.property(fc.string().filter((name) => !['$schema', ...names].includes(name)), (name) => {
      expect([validate({ [name]: 'x' }), isAcceptedByFunctions({ [name]: 'x' })]).toEqual([name === '__proto__', false]);
    }), { seed: 20261120 });
  });
});
