import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { FACTS_NAME } from '#core/facts';
import { HourReading } from '#core/hour-reading';
import { CERTIFICATE_NAME, CLOSING_NAME, dayFolder, hourFolder, LAYOUT_NAME, MANIFEST_NAME, reportName, setAsideCertificateOf } from '#core/partition';
import { at, deploy, grantsOf, isValues, ROOT, resourcesOf, statementsIn, template, type Value, type Values } from './cloudformation.ts';

const HOUR = { day: '2026-11-20', hour: '09', start: '2026-11-20T14:00:00Z', end: '2026-11-20T15:00:00Z', offsets: [] };
const LINES = readFileSync(join(ROOT, 'template.yaml'), 'utf8').split('\n');
const STARTS = LINES.flatMap((line, index) => (/^\s*- (Effect|Sid):/.test(line) ? [index] : []));

function listOf(value: Value): Value[] {
  return Array.isArray(value) ? value : [value];
}

/** The comment lines right above a line. */
function commentAbove(index: number): string {
  const above = LINES.slice(0, index).reverse();
  return above.slice(0, above.findIndex((line) => !line.trim().startsWith('#'))).join('\n');
}

function actionsOf(id: string, parameters: Record<string, string> = {}): string[] {
  return [...new Set(grantsOf(id, parameters).flatMap(({ Action }) => listOf(Action).map(String)))].sort();
}

describe('the policies of the template', () => {
  it('are all found by this test', () => {
    expect(statementsIn(template)).toHaveLength(STARTS.length);
    expect(STARTS.length).toBeGreaterThan(15);
  });

  it.each(STARTS.map((index) => [index + 1, index]))('say in line %i why the grant is there', (_line, index) => {
    expect(commentAbove(index)).toMatch(/# \S+/);
  });

  it('name the page of AWS where nothing narrower than * exists', () => {
    const anywhere = statementsIn(template).filter(({ Resource }) => listOf(Resource).includes('*'));
    const starts = STARTS.filter((start) => {
      const end = LINES.findIndex((line, index) => index > start && /^\s*(- |[A-Z]\w+:$)/.test(line) && line.search(/\S/) <= (LINES[start] ?? '').search(/\S/));
      return LINES.slice(start, end).some((line) => /^\s+Resource: '\*'$/.test(line));
    });

    expect(starts).toHaveLength(anywhere.length);
    for (const start of starts) expect(commentAbove(start)).toContain('https://docs.aws.amazon.com/');
  });

  it('allow no family of actions', () => {
    const allowed = statementsIn(template).filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action }) => listOf(Action));

    expect(allowed.filter((action) => String(action).includes('*'))).toEqual([]);
  });

  it('use neither managed policies nor SAM templates, whose grants nobody reads here', () => {
    const policies = Object.values(at(template, 'Resources')).flatMap((resource) => listOf(at(resource, 'Properties')['Policies'] ?? []));

    expect(policies.filter((policy) => !isValues(policy) || !('Statement' in policy || 'PolicyDocument' in policy))).toEqual([]);
  });
});

describe('a function may do what its adapters call, and nothing else', () => {
  /** What Lambda does by the role outside of the code. */
  const PLATFORM = ['logs:CreateLogStream', 'logs:PutLogEvents', 'sqs:SendMessage'];
  const ACTIONS: Readonly<Record<string, readonly string[]>> = {
    LookupEventsCommand: ['cloudtrail:LookupEvents'],
    BatchGetQueryExecutionCommand: ['athena:BatchGetQueryExecution'],
    ListWorkGroupsCommand: ['athena:ListWorkGroups'],
    ListQueryExecutionsCommand: ['athena:ListQueryExecutions'],
    // ListBucket is no call: it makes a missing object a 404.
    GetObjectCommand: ['s3:GetObject', 's3:ListBucket'],
    HeadObjectCommand: ['s3:GetObject'],
    ListObjectsV2Command: ['s3:ListBucket'],
    PutObjectCommand: ['s3:PutObject'],
    DeleteObjectCommand: ['s3:DeleteObject'],
    Upload: ['s3:PutObject', 's3:AbortMultipartUpload'],
    StartExecutionCommand: ['states:StartExecution'],
  };

  /** The files that the handlers import, directly or not: other adapters are the command's, which calls with its user's own rights. */
  function deployedSources(): string {
    const { inputs } = buildSync({
      entryPoints: ['dispatcher', 'reader', 'worker', 'closer'].map((name) => join(ROOT, `functions/${name}/handler.ts`)),
      absWorkingDir: ROOT, bundle: true, write: false, metafile: true, outdir: 'dist', platform: 'node', format: 'esm', logLevel: 'silent',
    }).metafile;
    return Object.keys(inputs).filter((path) => path.startsWith('functions/adapters/')).map((path) => readFileSync(join(ROOT, path), 'utf8')).join('\n');
  }

  it('by the commands in the adapters of the deployed functions', () => {
    const sources = deployedSources();
    const commands = [...sources.matchAll(/new (\w+Command|Upload)\(/g)].map((match) => match[1] ?? '');
    const granted = [...new Set([...actionsOf('Dispatcher'), ...actionsOf('Reader'), ...actionsOf('Worker'), ...actionsOf('Closer')])].filter((action) => !PLATFORM.includes(action)).sort();

    expect([...new Set(commands.flatMap((command) => ACTIONS[command] ?? [`${command}: no action is known`]))].sort()).toEqual(granted);
  });

  it('the Worker lists no history, which is for the Closer', () => {
    expect(actionsOf('Worker').filter((action) => action.startsWith('athena:'))).toEqual(['athena:BatchGetQueryExecution']);
    expect(actionsOf('Closer').filter((action) => action.startsWith('athena:'))).toEqual(['athena:BatchGetQueryExecution', 'athena:ListQueryExecutions', 'athena:ListWorkGroups']);
  });

  it.each([['s3:PutObject', true], ['s3:DeleteObject', false]])('the Closer has %s for no report, no facts and no manifest', (action, certificate) => {
    const resources = grantsOf('Closer').filter(({ Action }) => listOf(Action).includes(action)).flatMap(({ Resource }) => listOf(Resource).map(String));
    const covered = (name: string): boolean => resources.some((pattern) => new RegExp(`^${pattern.replace(/[.$<>:]/g, '\\$&').replaceAll('*', '.*')}$`).test(`arn:<AWS::Partition>:s3:::<ReportBucket>/${name}`));
    const folder = hourFolder('2026-11-20', '09');

    expect(covered(`${dayFolder('2026-11-20')}${CLOSING_NAME}`)).toBe(true);
    expect(covered(`${dayFolder('2026-11-20')}${CERTIFICATE_NAME}`)).toBe(certificate);
    expect(covered(setAsideCertificateOf('2026-11-20', '0123456789abcdef'))).toBe(certificate);
    for (const name of [reportName('2026-11-20', '09', 'csv'), FACTS_NAME, MANIFEST_NAME]) expect(covered(`${folder}${name}`)).toBe(false);
    expect(covered(LAYOUT_NAME)).toBe(false);
  });

  it('the Reader leaves parts, and touches no report, no facts and no manifest', () => {
    const objects = grantsOf('Reader').filter(({ Action }) => listOf(Action).includes('s3:PutObject')).flatMap(({ Resource }) => listOf(Resource).map(String));

    expect(objects).toEqual(['arn:<AWS::Partition>:s3:::<ReportBucket>/year=*/_parts/*']);
    expect(actionsOf('Reader').filter((action) => !action.startsWith('s3:') && !PLATFORM.includes(action))).toEqual(['athena:BatchGetQueryExecution', 'cloudtrail:LookupEvents']);
    expect(new HourReading(HOUR, 'arn:aws:states:us-east-1:111122223333:execution:day:2026-11-20_x', null).nextPart()).toBe('year=2026/month=11/day=20/hour=09/_parts/2026-11-20_x/00001.jsonl');
  });

  it('config.json is read where there is one, by the two that resolve a configuration', () => {
    const object = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:<AWS::Partition>:s3:::settings/tracker.json' };

    for (const id of ['Dispatcher', 'Worker']) {
      expect(grantsOf(id, { ConfigBucket: 'settings', ConfigKey: 'tracker.json' })).toContainEqual(object);
      expect(JSON.stringify(grantsOf(id))).not.toContain('config.json');
    }
  });

  it.each([
    ['csv', {}, '<ReportBucket>/'],
    ['parquet', { OutputType: 'parquet' }, '<ReportBucket>/parquet/'],
    ['a prefix in a bucket that was there', { BucketName: 'mine', ReportPrefix: 'reports/' }, 'mine/reports/'],
  ])('the Worker writes and removes below the root of %s only', (_case, parameters: Record<string, string>, root) => {
    const objects = grantsOf('Worker', parameters).filter(({ Action }) => /PutObject|DeleteObject/.test(String(Action)));
    const resources = objects.flatMap(({ Resource }) => listOf(Resource).map(String));
    const covered = (name: string): boolean => resources.some((pattern) => (pattern.endsWith('*') ? `arn:<AWS::Partition>:s3:::${root}${name}`.startsWith(pattern.slice(0, -1)) : pattern === `arn:<AWS::Partition>:s3:::${root}${name}`));
    const folder = hourFolder('2026-11-20', '09');

    for (const name of [`${folder}${reportName('2026-11-20', '09', 'csv')}`, `${folder}${MANIFEST_NAME}`, LAYOUT_NAME]) expect(covered(name)).toBe(true);
    for (const name of ['', 'other.txt', 'logs/2026/11/20.gz', '_layout.json.bak']) expect(covered(name)).toBe(false);
  });
});

describe('the roles of the template', () => {
  const roles = resourcesOf('AWS::IAM::Role');
  const actors = [...resourcesOf('AWS::Serverless::Function'), ...resourcesOf('AWS::Serverless::StateMachine')].map(([id]) => `${id}Role`);

  it('are one for each function and machine, and one for the schedule', () => {
    expect(roles.map(([id]) => id).sort()).toEqual([...actors, 'DailyScheduleRole'].sort());
    for (const id of ['Dispatcher', 'Reader', 'Worker', 'Closer', 'DayStateMachine', 'BackfillStateMachine']) expect(grantsOf(id).length).toBeGreaterThan(0);
  });

  it.each(roles)('%s is for one service, in this account only', (_id, role) => {
    const statements = statementsIn(deploy(role['AssumeRolePolicyDocument']));

    expect(statements).toEqual([{ Effect: 'Allow', Principal: { Service: expect.stringMatching(/^(lambda|states|scheduler)\.amazonaws\.com$/) }, Action: 'sts:AssumeRole', Condition: expect.anything() }]);
    expect(at(statements[0] ?? {}, 'Condition', 'StringEquals')['aws:SourceAccount']).toBe('<AWS::AccountId>');
  });

  it.each(roles)('%s takes the boundary that an account demands, and has none else', (_id, role) => {
    expect(deploy(role, { PermissionsBoundary: 'arn:aws:iam::111122223333:policy/bound' })).toHaveProperty('PermissionsBoundary', 'arn:aws:iam::111122223333:policy/bound');
    expect(deploy(role)).not.toHaveProperty('PermissionsBoundary');
  });

  it.each(['Dispatcher', 'Reader', 'Worker', 'Closer'])('%s writes to its own log only', (id) => {
    const logs = grantsOf(id).filter(({ Action }) => listOf(Action).some((action) => String(action).startsWith('logs:')));

    expect(logs).toEqual([{ Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: `<${id}Logs.Arn>` }]);
  });

  it.each(['Dispatcher', 'Reader', 'Worker', 'Closer'])("%s may use a key of the user's through S3, where there is one", (id) => {
    const KmsKeyArn = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

    expect(grantsOf(id, { KmsKeyArn })).toContainEqual({ Effect: 'Allow', Action: ['kms:GenerateDataKey', 'kms:Decrypt'], Resource: KmsKeyArn, Condition: { StringEquals: { 'kms:ViaService': 's3.<AWS::Region>.<AWS::URLSuffix>' } } });
    expect(JSON.stringify(grantsOf(id))).not.toContain('kms:');
  });

  it.each(['Dispatcher', 'Reader', 'Worker', 'Closer', 'DayStateMachine', 'BackfillStateMachine'])('%s may send traces where they are wanted', (id) => {
    expect(actionsOf(id, { Tracing: 'true' })).toContain('xray:PutTraceSegments');
    expect(actionsOf(id).join()).not.toContain('xray');
  });
});

describe('the bucket of the template', () => {
  const bucket = at(template, 'Resources', 'ReportBucket');
  const deployed = (parameters: Record<string, string> = {}): Values => at(deploy(at(bucket, 'Properties'), parameters));

  it('outlives the stack, together with its policy', () => {
    for (const resource of [bucket, at(template, 'Resources', 'ReportBucketPolicy')]) {
      expect(resource).toMatchObject({ Condition: 'CreatesBucket', DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    }
  });

  it('is encrypted, private, and rid of uploads that were never finished', () => {
    expect(deployed()).toMatchObject({
      BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
      VersioningConfiguration: { Status: 'Enabled' },
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
    });
    expect(at(deployed(), 'LifecycleConfiguration')['Rules']).toEqual([
      { Id: 'abort-incomplete-uploads', Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } },
      { Id: 'forget-old-versions', Status: 'Enabled', NoncurrentVersionExpiration: { NoncurrentDays: '90' }, ExpiredObjectDeleteMarker: true },
    ]);
    expect(deployed()).not.toHaveProperty('ObjectLockEnabled');
    expect(deployed()).not.toHaveProperty('ObjectLockConfiguration');
  });

  it.each([
    [{}, 'year='],
    [{ OutputType: 'json' }, 'json/year='],
    [{ OutputType: 'json', ReportPrefix: 'audit/' }, 'audit/year='],
  ])('forgets reports after the days it is told to, and not what says whose root it is: %j', (parameters, Prefix) => {
    const rules = at(deployed({ ...parameters, ReportRetentionDays: '400' }), 'LifecycleConfiguration')['Rules'];

    expect(rules).toContainEqual({ Id: 'delete-reports', Status: 'Enabled', Prefix, ExpirationInDays: '400' });
    expect(`${Prefix.slice(0, -'year='.length)}${LAYOUT_NAME}`.startsWith(Prefix)).toBe(false);
    expect(`${Prefix.slice(0, -'year='.length)}${hourFolder('2026-11-20', '09')}`.startsWith(Prefix)).toBe(true);
  });

  it("is encrypted with the user's key, locked for audits", () => {
    expect(deployed({ KmsKeyArn: 'arn:key', ObjectLockDays: '365', ObjectLockMode: 'COMPLIANCE' })).toMatchObject({
      BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: 'arn:key' }, BucketKeyEnabled: true }] },
      ObjectLockEnabled: true,
      ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: '365' } } },
    });
  });

  it('refuses what does not come over TLS', () => {
    const [statement] = at(template, 'Resources', 'ReportBucketPolicy', 'Properties', 'PolicyDocument')['Statement'] as Values[];

    expect(statement).toMatchObject({ Effect: 'Deny', Principal: '*', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } });
  });
});
