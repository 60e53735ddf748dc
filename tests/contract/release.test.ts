import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLastRelease, readSources } from '../../scripts/release-check.ts';
import { type Comparison, compareReleases, compareVersion, showComparison } from '../../scripts/release-compare.ts';
import { type Sources, takeSnapshot } from '../../scripts/release-snapshot.ts';
import { parseTemplate, toPlain, type Values } from '../../scripts/template-yaml.ts';
import { ROOT } from './cloudformation.ts';

const sources = readSources(ROOT);
const LAST = { ...takeSnapshot(sources), version: '1.2.9' };
const CHANGELOG = '# Changelog\n\n## [1.2.10] - 2026-11-27\n\n- Something.\n\n## [1.2.9]\n\n- RecheckDays, Bucket and LOOKUP_RATE are new.\n';

/** A part of a template that a test changes as it likes. */
type Loose = { [name: string]: Loose };

/** What the check says of the tree after an edit; the release is named and in the changelog, unless a test says otherwise. */
function edited(edit: (next: Sources & { readonly parts: Loose }) => void, { version = '1.2.10', changelog = CHANGELOG } = {}): Comparison {
  const next = structuredClone(sources) as Sources;
  edit({ ...next, parts: next.template as unknown as Loose });
  return compareReleases(LAST, { ...takeSnapshot(next), version }, changelog);
}

function resources(parts: Loose): Loose {
  return parts['Resources'] ?? {};
}

/** A member, to be changed. */
function inside(parts: Loose, ...path: readonly string[]): Loose {
  return path.reduce((inner, name) => inner[name] ?? {}, parts);
}

function snapshotOf(yaml: string) {
  return takeSnapshot({ ...sources, template: toPlain(parseTemplate(yaml).contents) as Values });
}

describe('a release', () => {
  it('that changes nothing has nothing to say, whatever its version', () => {
    for (const version of ['1.2.9', '1.2.10']) expect(edited(() => {}, { version })).toEqual({ changes: [], refusals: [] });
  });

  it('since the last one has done nothing that must never be done', () => {
    const last = readLastRelease(ROOT);
    if (last === null) throw new Error('releases/ is empty');
    const next = { ...takeSnapshot(sources), version: `${Number(last.version.split('.')[0]) + 1}.0.0` };
    const changelog = readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8').replace('## [Unreleased]', `## [${next.version}]\n\n- The next.\n`);

    expect(compareReleases(last, next, changelog).refusals).toEqual([]);
  });

  it('has a line for the version of package.json in the changelog', () => {
    expect(readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8')).toMatch(new RegExp(`^## \\[(${sources.packageJson.version.replaceAll('.', '\\.')}|Unreleased)\\]`, 'm'));
    expect(existsSync(join(ROOT, 'releases'))).toBe(true);
  });

  it.each<{ name: string; edit: Parameters<typeof edited>[0]; refusal: string; options?: Parameters<typeof edited>[1] }>([
    { name: 'removes a column', edit: ({ columns }) => { (columns as object[]).splice(3, 1); }, refusal: 'column account_id string is removed or renamed; columns are only ever appended' },
    { name: 'renames a column', edit: ({ columns }) => { (columns as object[])[0] = { name: 'id', type: 'string' }; }, refusal: 'column event_id string is removed or renamed; columns are only ever appended' },
    { name: 'retypes a column', edit: ({ columns }) => { (columns as object[])[1] = { name: 'event_time', type: 'string' }; }, refusal: 'column event_time timestamp becomes event_time string; a column keeps its type' },
    { name: 'puts columns in another order', edit: ({ columns }) => { (columns as object[]).push(...(columns as object[]).splice(3, 1)); }, refusal: `column account_id string moves from place 4 to ${LAST.columns.length}; columns keep their order` },
    { name: 'inserts a column', edit: ({ columns }) => { (columns as object[]).splice(3, 0, { name: 'new', type: 'string' }); }, refusal: 'column account_id string moves from place 4 to 5; columns keep their order' },
    { name: 'lets the bucket go with the stack', edit: ({ parts }) => { delete inside(parts, 'Resources', 'ReportBucket')['DeletionPolicy']; }, refusal: 'ReportBucket (AWS::S3::Bucket) loses DeletionPolicy: Retain; what it holds goes with it' },
    { name: 'lets the old table go when another format replaces it', edit: ({ parts }) => { Object.assign(inside(parts, 'Resources', 'ReportTable'), { UpdateReplacePolicy: 'Delete' }); }, refusal: 'ReportTable (AWS::Glue::Table) loses UpdateReplacePolicy: Retain; what it holds goes with it' },
    { name: 'names the bucket', edit: ({ parts }) => { Object.assign(inside(parts, 'Resources', 'ReportBucket', 'Properties'), { BucketName: 'reports' }); }, refusal: 'ReportBucket (AWS::S3::Bucket) is replaced (BucketName); it holds data, and the new one is empty' },
    { name: 'renames the database', edit: ({ parts }) => { Object.assign(inside(parts, 'Resources', 'ReportDatabase', 'Properties', 'DatabaseInput'), { Name: 'other' }); }, refusal: 'ReportDatabase (AWS::Glue::Database) is replaced (DatabaseInput.Name); it holds data, and the new one is empty' },
    { name: 'makes a bucket something else', edit: ({ parts }) => { Object.assign(inside(parts, 'Resources', 'ReportBucket'), { Type: 'AWS::S3Express::DirectoryBucket' }); }, refusal: 'ReportBucket (AWS::S3::Bucket) is replaced (Type); it holds data, and the new one is empty' },
    { name: 'makes the bucket depend on something else', edit: ({ parts }) => { Object.assign(inside(parts, 'Resources', 'ReportBucket'), { Condition: 'HasConfig' }); }, refusal: 'ReportBucket (AWS::S3::Bucket) depends on another condition (HasConfig); a stack where it no longer holds loses the resource' },
    { name: 'gives the bucket another logical id', edit: ({ parts }) => { const { ReportBucket, ...others } = resources(parts); Object.assign(parts, { Resources: { ...others, Reports: ReportBucket } }); }, refusal: 'ReportBucket (AWS::S3::Bucket) is removed; it holds data, and a new name makes an empty one' },
    { name: 'removes a parameter without a word', edit: ({ parts }) => { delete inside(parts, 'Parameters')['RecheckDays']; }, refusal: 'parameter RecheckDays is removed, and no line of CHANGELOG.md above 1.2.9 names it' },
    { name: 'removes an output without a word', edit: ({ parts }) => { delete inside(parts, 'Outputs')['Bucket']; }, refusal: 'output Bucket is removed, and no line of CHANGELOG.md above 1.2.9 names it' },
    { name: 'removes a setting without a word', edit: ({ settings }) => { (settings as string[]).splice(settings.indexOf('LOOKUP_RATE'), 1); }, refusal: 'setting LOOKUP_RATE is removed, and no line of CHANGELOG.md above 1.2.9 names it' },
    { name: 'keeps the version', edit: ({ columns }) => { (columns as object[]).push({ name: 'new', type: 'string' }); }, options: { version: '1.2.9' }, refusal: 'the version is 1.2.9, as that of a release that is different; raise it in package.json and package-lock.json' },
    { name: 'goes back a version', edit: ({ columns }) => { (columns as object[]).push({ name: 'new', type: 'string' }); }, options: { version: '1.2.8' }, refusal: 'the version is 1.2.8, as that of a release that is different; raise it in package.json and package-lock.json' },
    { name: 'has no entry in the changelog', edit: ({ columns }) => { (columns as object[]).push({ name: 'new', type: 'string' }); }, options: { version: '1.3.0' }, refusal: 'CHANGELOG.md says nothing under ## [1.3.0]' },
    { name: 'has an empty entry in the changelog', edit: ({ columns }) => { (columns as object[]).push({ name: 'new', type: 'string' }); }, options: { changelog: '## [1.2.10]\n\n## [1.2.9]\n- x\n' }, refusal: 'CHANGELOG.md says nothing under ## [1.2.10]' },
  ])('is refused when it $name', ({ edit, refusal, options }) => {
    expect(edited(edit, options).refusals).toContain(refusal);
  });

  it('may remove a parameter and an output that the changelog names', () => {
    const changelog = CHANGELOG.replace('- Something.', '- `RecheckDays` is gone.\n- The output Bucket is gone.');

    expect(edited(({ parts }) => {
      delete inside(parts, 'Parameters')['RecheckDays'];
      delete inside(parts, 'Outputs')['Bucket'];
    }, { changelog })).toEqual({ changes: ['removed parameter RecheckDays', 'removed output Bucket'], refusals: [] });
  });

  it.each<{ name: string; edit: Parameters<typeof edited>[0]; change: string }>([
    { name: 'a new parameter', edit: ({ parts }) => { Object.assign(inside(parts, 'Parameters'), { Extra: { Type: 'String', Default: 'x' } }); }, change: 'new parameter Extra, by default "x"' },
    { name: 'a parameter that has to be given', edit: ({ parts }) => { Object.assign(inside(parts, 'Parameters'), { Extra: { Type: 'String' } }); }, change: 'new parameter Extra, which has no default: each deployer must give one' },
    { name: 'another default', edit: ({ parts }) => { Object.assign(inside(parts, 'Parameters', 'RecheckDays'), { Default: 3 }); }, change: 'parameter RecheckDays: Default 2 → 3 (a stack keeps the value that it was deployed with)' },
    { name: 'a narrower bound', edit: ({ parts }) => { Object.assign(inside(parts, 'Parameters', 'RecheckDays'), { MaxValue: 10 }); }, change: 'parameter RecheckDays: MaxValue 40 → 10 (a stack whose value is outside cannot be updated without another)' },
    { name: 'an appended column', edit: ({ columns }) => { (columns as object[]).push({ name: 'new', type: 'string' }); }, change: 'new column new string' },
    { name: 'a new setting', edit: ({ settings }) => { (settings as string[]).push('NEW'); }, change: 'new setting NEW' },
    { name: 'another runtime', edit: ({ parts }) => { Object.assign(inside(parts, 'Globals', 'Function'), { Runtime: 'nodejs26.x' }); }, change: `runtime: ${LAST.runtimes.join(', ')} → nodejs26.x, node >=20.19 for the command` },
    { name: 'a resource that is deleted', edit: ({ parts }) => { delete resources(parts)['GapsQuery']; }, change: 'resource GapsQuery (AWS::Athena::NamedQuery) is no longer of the stack: it is deleted' },
    { name: 'a log group that begins anew', edit: ({ parts }) => { Object.assign(inside(parts, 'Resources', 'WorkflowLogs', 'Properties'), { LogGroupName: 'other' }); }, change: 'resource WorkflowLogs (AWS::Logs::LogGroup) is replaced: LogGroupName /aws/vendedlogs/states/$' + '{AWS::StackName} → other' },
    { name: 'a property that changes', edit: ({ parts }) => { Object.assign(inside(parts, 'Resources', 'ReportBucket', 'Properties'), { BucketEncryption: 'x' }); }, change: 'resource ReportBucket changes: BucketEncryption' },
    { name: 'a new state', edit: ({ machines }) => { Object.assign(machines['day.asl.json']?.States ?? {}, { Extra: {} }); }, change: 'new state of day.asl.json Extra' },
  ])('says $name', ({ edit, change }) => {
    expect(edited(edit)).toEqual({ changes: expect.arrayContaining([change]), refusals: [] });
  });

  it('is shown with its grants first and what is refused last', () => {
    const text = showComparison({ changes: ['new column x', 'new grant of WorkerRole: Allow s3:GetObject on *'], refusals: ['no'] }, '1.0.0', '1.1.0');

    expect(text).toBe('From 1.0.0 to 1.1.0:\n  new grant of WorkerRole: Allow s3:GetObject on *\n  new column x\n\nMust not be released:\n  no\n');
  });

  it.each([['1.2.10', '1.2.9', 1], ['1.2.9', '2.0.0', -1], ['1.0.0', '1.0.0', 0]])('%s is after, before or the same as %s', (left, right, sign) => {
    expect(Math.sign(compareVersion(left, right))).toBe(sign);
  });
});

describe('the grants of a snapshot', () => {
  const STATEMENTS = `
          Statement:
            - { Effect: Allow, Action: [s3:GetObject, s3:PutObject], Resource: !Sub 'arn:\${AWS::Partition}:s3:::\${Bucket}/*' }
            - !If [HasConfig, { Effect: Allow, Action: s3:GetObject, Resource: x }, !Ref AWS::NoValue]`;
  const GENERATED = `
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Policies:
        - Version: '2012-10-17'${STATEMENTS}`;
  const SPELT_OUT = `
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties: { Role: !GetAtt WorkerRole.Arn }
  WorkerRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }]
      ManagedPolicyArns: [!Sub 'arn:\${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole']
      Policies:
        - PolicyName: own
          PolicyDocument:
            Version: '2012-10-17'${STATEMENTS.replaceAll('\n', '\n  ')}`;

  it('are the same of a role that SAM makes and of one that the template spells out', () => {
    expect(snapshotOf(SPELT_OUT).grants).toEqual(snapshotOf(GENERATED).grants);
    expect(snapshotOf(GENERATED).grants).toEqual({
      WorkerRole: [
        'Allow s3:GetObject on arn:$' + '{AWS::Partition}:s3:::$' + '{Bucket}/*',
        'Allow s3:GetObject on x (if HasConfig)',
        'Allow s3:PutObject on arn:$' + '{AWS::Partition}:s3:::$' + '{Bucket}/*',
        'Allow sts:AssumeRole by lambda.amazonaws.com',
        'managed policy AWSLambdaBasicExecutionRole',
      ],
    });
  });

  it('name each action on each resource, and those of every policy that stands by itself', () => {
    const yaml = `
Resources:
  Extra:
    Type: AWS::IAM::Policy
    Properties: { Roles: [!Ref WorkerRole], PolicyDocument: { Statement: { Effect: Allow, Action: [a:x, a:y], Resource: [r, s], Condition: { Bool: { k: 'true' } } } } }
  BucketPolicy:
    Type: AWS::S3::BucketPolicy
    Properties: { Bucket: b, PolicyDocument: { Statement: [{ Effect: Allow, Principal: '*', NotAction: s3:PutObject, NotResource: r }] } }
  Permission:
    Type: AWS::Lambda::Permission
    Properties: { Action: lambda:InvokeFunction, FunctionName: !Ref Worker, Principal: events.amazonaws.com }`;

    expect(snapshotOf(yaml).grants).toEqual({
      BucketPolicy: ['Allow all but s3:PutObject on all but r by *'],
      Permission: ['Allow lambda:InvokeFunction on $' + '{Worker} by events.amazonaws.com'],
      WorkerRole: ['Allow a:x on r when {"Bool":{"k":"true"}}', 'Allow a:x on s when {"Bool":{"k":"true"}}', 'Allow a:y on r when {"Bool":{"k":"true"}}', 'Allow a:y on s when {"Bool":{"k":"true"}}'],
    });
  });

  it('that are new are said, and those that are gone', () => {
    const last = snapshotOf(GENERATED);
    const next = snapshotOf(GENERATED.replace('s3:PutObject', 's3:*'));

    expect(compareReleases(last, { ...next, version: '9.0.0' }, '## [9.0.0]\n- x\n').changes).toEqual(expect.arrayContaining([
      'new grant of WorkerRole: Allow s3:* on arn:$' + '{AWS::Partition}:s3:::$' + '{Bucket}/*',
      'grant taken from WorkerRole: Allow s3:PutObject on arn:$' + '{AWS::Partition}:s3:::$' + '{Bucket}/*',
    ]));
  });
});
