import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { parse } from 'yaml';
import { toCompactYaml } from '../../scripts/compact-yaml.ts';
import { MAX_BYTES, prepareTemplates } from '../../scripts/package.ts';
import { splitTemplate } from '../../scripts/split-template.ts';
import { at, parseTemplate, toPlain, type Values } from '../../scripts/template-yaml.ts';
import { ROOT } from './cloudformation.ts';

const source = readFileSync(join(ROOT, 'template.yaml'), 'utf8');
const { outer, nested } = prepareTemplates(source, '/code', '/repo/');

/** As `aws cloudformation package` leaves it, with names as long as they come. */
function packaged(template: Values): Values {
  const bucket = 'b'.repeat(63);
  const text = JSON.stringify(template, (name, value: unknown) => {
    if (name === 'CodeUri') return `s3://${bucket}/${'0'.repeat(32)}`;
    if (name === 'DefinitionUri') return { Bucket: bucket, Key: '0'.repeat(32) };
    return name === 'TemplateURL' ? `https://s3.ap-northeast-3.amazonaws.com/${bucket}/${'0'.repeat(32)}.template` : value;
  });
  return JSON.parse(text) as Values;
}

/** All ids that a template defines or that every template has. */
function referred(value: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const element of value) referred(element, found);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      if (name === 'Ref') found.add(String(member));
      else if (name === 'Fn::GetAtt') found.add(String((member as string[])[0]));
      else if (name === 'Fn::Sub') {
        const [text, own] = Array.isArray(member) ? member : [member, {}];
        for (const [, id = ''] of String(text).matchAll(/\$\{([^!}.]+)[^}]*\}/g)) if (!Object.hasOwn(own, id)) found.add(id);
        referred(own, found);
      } else referred(member, found);
    }
  }
  return found;
}

describe('the packaged template', () => {
  it('is small enough for aws cloudformation deploy without a bucket', () => {
    expect(Buffer.byteLength(toCompactYaml(packaged(outer)))).toBeLessThan(MAX_BYTES);
  });

  it('says the same as what it was made of', () => {
    expect(toPlain(parseTemplate(toCompactYaml(outer)).contents)).toEqual(outer);
    // CloudFormation reads YAML 1.1; nothing may depend on which of the two versions a reader knows.
    expect(parse(toCompactYaml(outer), { version: '1.2', logLevel: 'silent' })).toEqual(parse(toCompactYaml(outer), { version: '1.1', logLevel: 'silent' }));
  });

  it('has every resource once, in one of the two', () => {
    const all = Object.keys(at(toPlain(parseTemplate(source).contents), 'Resources'));
    const inside = Object.keys(at(nested, 'Resources'));

    expect([...Object.keys(at(outer, 'Resources')).filter((id) => id !== 'Questions'), ...inside].sort()).toEqual(all.sort());
    expect(inside).toHaveLength(11);
  });

  it.each([['outer', outer], ['nested', nested]])('refers to nothing that is not there: %s', (_name, template) => {
    const there = new Set(['Parameters', 'Resources'].flatMap((section) => Object.keys(at(template, section))));

    expect([...referred(template)].filter((id) => !there.has(id) && !id.startsWith('AWS::'))).toEqual([]);
    expect([...JSON.stringify(template).matchAll(/"(?:Fn::If":\["|Condition":")(\w+)"/g)].map(([, name = '']) => name).filter((name) => !Object.hasOwn(at(template, 'Conditions'), name))).toEqual([]);
  });

  it('hands the nested one the name of the stack that people know', () => {
    expect(at(outer, 'Resources', 'Questions', 'Properties', 'Parameters')).toMatchObject({ OuterStack: { Ref: 'AWS::StackName' } });
    expect(JSON.stringify(nested)).not.toContain('AWS::StackName');
  });

  it('takes the code from where the bundles are put, and asks nobody to build it', () => {
    expect(at(outer, 'Resources', 'Worker', 'Properties')['CodeUri']).toBe('/code/worker');
    expect(at(outer, 'Resources', 'DayStateMachine', 'Properties')['DefinitionUri']).toBe('/repo/statemachine/day.asl.json');
    expect(JSON.stringify(outer)).not.toMatch(/BuildMethod|"CodeUri":"\."/);
  });
});

describe('toCompactYaml', () => {
  const HARD = ['', ' ', 'yes', 'No', 'off', 'ON', 'y', '~', 'null', '1', '01', '0o7', '0x1F', '1e3', 'E0', 'e', '1_000', '.5', '-.inf', '12:30', '2026-11-20', '2010-09-09', '=', '<<', '- a', '? b', 'a: b', 'a:b', 'a #b', '#a', '{a}', '[a]', 'a, b', "it's", '"q"', "'", '!Ref x', '*a', '&a', '|', '>', '%a', '@a', '`a`', 'a ', ' a', 'a\nb', 'a\tb', 'ü', '\u2028', '\u0000', 'cron(0 1 * * ? *)', 'AWS::S3::Bucket', 'arn:aws:s3:::b', 'a:', ':a', 'a\\b', '-', '--- a', '...', 'true', 'a  b', 'é'];

  it.each(HARD)('keeps %j', (text) => {
    const template = { A: { B: { [text]: text, C: [text, { D: text }] } }, E: text };
    const written = toCompactYaml(template);

    expect(parse(written, { version: '1.1', logLevel: 'silent' })).toEqual(template);
    expect(parse(written, { version: '1.2', logLevel: 'silent' })).toEqual(template);
  });

  it('keeps whatever a template can hold', () => {
    const value = fc.letrec((tie) => ({ any: fc.oneof({ depthSize: 'small' }, fc.string({ unit: 'binary' }).filter((text) => !/[\uD800-\uDFFF]/.test(text)), fc.constantFrom(...HARD), fc.integer(), fc.boolean(), fc.array(tie('any')), fc.dictionary(fc.string(), tie('any'))) })).any;
    fc.assert(fc.property(fc.dictionary(fc.constantFrom('A', 'B', 'C'), fc.dictionary(fc.constantFrom('D', 'E'), value), { noNullPrototype: true, minKeys: 1 }), (template) => {
      expect(parse(toCompactYaml(template as Values), { version: '1.1', logLevel: 'silent' })).toEqual(template);
    }), { numRuns: 1000 });
  });

  it.each([
    [{ Ref: 'A' }, '!Ref A'],
    [{ 'Fn::GetAtt': ['A', 'Outputs.B'] }, '!GetAtt A.Outputs.B'],
    [{ 'Fn::If': ['A', { Ref: 'B' }, { Ref: 'AWS::NoValue' }] }, '!If [A,!Ref B,!Ref AWS::NoValue]'],
    // CloudFormation takes no short form right inside another.
    [{ 'Fn::Base64': { 'Fn::Sub': 'a' } }, '{Fn::Base64: !Sub a}'],
  ])('writes %j short', (value, text) => {
    expect(toCompactYaml({ A: { B: value as Values } })).toBe(`A:\n B: ${text}\n`);
  });
});

describe('splitTemplate', () => {
  it('refuses to move what others need more of than its name', () => {
    const template = { Resources: { A: { Type: 'T' }, B: { Type: 'T', Properties: { Arn: { 'Fn::GetAtt': ['A', 'Arn'] } } } }, Outputs: {} };

    expect(() => splitTemplate(template, ['A'], 'Inner')).toThrow('A: is moved into Inner, and somebody needs its Arn');
  });
});
