/** JSON Schema of config.json, for editors: it follows from the settings in config.ts, which alone decide. */
import * as v from 'valibot';
import { BUILT_IN, LOCAL_ONLY, readSettings, SCHEMA_MEMBER, SETTING_NAMES, SETTINGS, type SettingName, valuesOf } from './config.ts';

/** A JSON Schema, or a part of one. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/**
 * The schema of config.json.
 *
 * Shape: draft-07, which every editor knows. It accepts what the functions accept, but for blanks about a value, which they pass over.
 * `zones` are the names that TIME_ZONE may have. Source: https://json-schema.org/draft-07
 */
export function configSchema(zones: readonly string[]): JsonSchema {
  const names = SETTING_NAMES.filter((name) => !LOCAL_ONLY.has(name));
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'config.json of athena-query-tracker',
    description: 'Settings over those of the stack. One that is null or empty is not set here: the stack\'s stands.',
    type: 'object',
    properties: {
      [SCHEMA_MEMBER]: { description: 'Where this schema is, for the editor' },
      ...Object.fromEntries(names.map((name) => [name, { ...about(name), ...(name === 'TIME_ZONE' ? oneOf(zones) : valuesAllowed(name)) }])),
    },
    additionalProperties: false,
  };
}

function about(name: SettingName): JsonSchema {
  const parameter = BUILT_IN[name];
  const builtIn = parameter === undefined ? '' : `. Built into the stack: config.json may repeat it, not contradict it; it is changed by ${parameter}`;
  const byDefault = valuesOf(readSettings({ REPORT_FOLDER: 'none' }))[name];
  return { description: `${v.getDescription(SETTINGS[name])}${builtIn}`, ...(builtIn !== '' || byDefault === null ? {} : { default: byDefault }) };
}

function oneOf(values: readonly unknown[]): JsonSchema {
  return { enum: [...values, null, ''] };
}

/** Numbers and switches may stand in quotes as well. */
function valuesAllowed(name: SettingName): JsonSchema {
  const steps = stepsOf(SETTINGS[name]);
  const options = steps.find((step) => Array.isArray(step['options']))?.['options'] as readonly string[] | undefined;
  if (options !== undefined) return oneOf(options.includes('true') ? [true, false, ...options] : options);
  const { type, pattern, ...bounds }: JsonSchema = v.getMetadata(SETTINGS[name]);
  const regex = steps.find((step) => step['requirement'] instanceof RegExp)?.['requirement'] as RegExp | undefined;
  const source = pattern ?? regex?.source;
  if (source === undefined) throw new Error(`${name}: the schema knows no pattern of it`);
  return { type: type === undefined ? ['string', 'null'] : [type, 'string', 'null'], ...bounds, pattern: `^$|${source}` };
}

/** The steps of a setting, those of a pipe within a pipe among them. */
function stepsOf(step: object): readonly { readonly [name: string]: unknown }[] {
  if (!('pipe' in step)) return [{ ...step }];
  return (step.pipe as readonly object[]).flatMap(stepsOf);
}
