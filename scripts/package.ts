/** The plain way to deploy: code and texts in a bucket, and a template that `aws cloudformation deploy` takes as it is. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toCompactYaml } from './compact-yaml.ts';
import { splitTemplate } from './split-template.ts';
import { at, parseTemplate, toPlain, type Values } from './template-yaml.ts';

/** Most bytes that CloudFormation takes without a bucket. Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
export const MAX_BYTES = 51_200;
const FUNCTIONS = ['Dispatcher', 'Reader', 'Worker', 'Closer'];

/** What is said on the command line. */
export interface PackageOptions {
  /** Bucket of the code; null for one of the account's own, made when it is not there. */
  readonly bucket: string | null;
  readonly out: string;
}

/** A fault that is told in words, and not by a stack trace. */
export class PackageError extends Error {}

/** Both templates, with code and definitions in `folder`. */
export function prepareTemplates(text: string, folder: string, root: string): { outer: Values; nested: Values } {
  const template = toPlain(parseTemplate(text).contents) as Values;
  delete at(template, 'Globals', 'Function')['CodeUri'];
  const resources = at(template, 'Resources');
  for (const id of FUNCTIONS) {
    delete at(resources, id)['Metadata'];
    at(resources, id, 'Properties')['CodeUri'] = join(folder, id.toLowerCase());
  }
  for (const resource of Object.values(resources)) {
    const properties = at(resource, 'Properties');
    if (typeof properties['DefinitionUri'] === 'string') properties['DefinitionUri'] = join(root, properties['DefinitionUri']);
  }
  const asked = Object.keys(resources).filter((id) => ['AWS::Athena::NamedQuery'].includes(String(at(resources, id)['Type'])) || id === 'QueriesView');
  const { outer, nested } = splitTemplate(template, asked, 'Questions');
  at(outer, 'Resources', 'Questions', 'Properties')['TemplateURL'] = join(folder, 'questions.json');
  return { outer, nested };
}

/**
 * Builds, uploads, and writes the template. Gives what to say.
 * Errors: PackageError: no AWS CLI, no credentials, no Region, a bucket that is not to be had.
 */
export function packageAll(root: string, { bucket, out }: PackageOptions): string {
  const lines: string[] = [];
  const account = aws(['sts', 'get-caller-identity', '--query', 'Account', '--output', 'text']).trim();
  const region = process.env['AWS_REGION'] || process.env['AWS_DEFAULT_REGION'] || aws(['configure', 'get', 'region'], 'no Region is configured: set AWS_REGION, or run `aws configure`').trim();
  const code = bucket ?? `athena-query-tracker-code-${account}-${region}`;
  lines.push(...claimBucket(code, account, region, bucket === null));

  const folder = join(root, 'dist', 'package');
  rmSync(folder, { recursive: true, force: true });
  for (const id of FUNCTIONS) build(root, id.toLowerCase(), join(folder, id.toLowerCase()));
  const { outer, nested } = prepareTemplates(readFileSync(join(root, 'template.yaml'), 'utf8'), folder, root);
  writeFileSync(join(folder, 'questions.json'), JSON.stringify(nested));
  writeFileSync(join(folder, 'template.json'), JSON.stringify(outer));
  const packaged = join(folder, 'packaged.json');
  aws(['cloudformation', 'package', '--template-file', join(folder, 'template.json'), '--s3-bucket', code, '--region', region, '--use-json', '--output-template-file', packaged]);
  const text = toCompactYaml(JSON.parse(readFileSync(packaged, 'utf8')) as Values);
  writeFileSync(out, text);
  const bytes = Buffer.byteLength(text);
  lines.push(`${out}: ${bytes.toLocaleString('en')} bytes; the code is in s3://${code}`, '', 'Deploy it:', `  aws cloudformation deploy --template-file ${out} --stack-name athena-query-tracker --capabilities CAPABILITY_NAMED_IAM CAPABILITY_AUTO_EXPAND${bytes > MAX_BYTES ? ` --s3-bucket ${code}` : ''}`, '');
  return lines.join('\n');
}

/** The bundle that `sam build` makes. The same code has the same times, and so the same zip and the same key. */
function build(root: string, name: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  execFileSync(process.execPath, [join(root, 'scripts', 'build.mjs'), name, folder], { stdio: ['ignore', 'ignore', 'inherit'] });
  for (const file of readdirSync(folder)) utimesSync(join(folder, file), 946_684_800, 946_684_800);
}

/** Names of buckets are the whole world's: what runs in the account is put only where the account is the owner. */
function claimBucket(name: string, account: string, region: string, own: boolean): string[] {
  try {
    aws(['s3api', 'head-bucket', '--bucket', name, '--region', region, '--expected-bucket-owner', account]);
    return [];
  } catch (error) {
    const said = error instanceof PackageError ? error.message : String(error);
    if (!/\b404\b|Not Found/.test(said)) throw new PackageError(`${name}: the bucket is not to be had (${said}), expected one of yours in ${region}, such as by -- --bucket MY-BUCKET`);
    if (!own) throw new PackageError(`--bucket: ${name} does not exist, expected a bucket of yours in ${region}; without --bucket one is made`);
  }
  const place = region === 'us-east-1' ? [] : ['--create-bucket-configuration', `LocationConstraint=${region}`];
  aws(['s3api', 'create-bucket', '--bucket', name, '--region', region, ...place]);
  aws(['s3api', 'put-public-access-block', '--bucket', name, '--region', region, '--public-access-block-configuration', 'BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true']);
  return [`made the bucket ${name} for the code, closed to the public`];
}

/** What the AWS CLI prints. Errors: PackageError with what it says, or with `otherwise`. */
function aws(args: readonly string[], otherwise?: string): string {
  try {
    return execFileSync('aws', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, AWS_PAGER: '' } });
  } catch (error) {
    const { code, stderr } = error as { code?: string; stderr?: string };
    if (code === 'ENOENT') throw new PackageError('aws: not found. The plain way needs the AWS CLI: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html');
    throw new PackageError(otherwise ?? `aws ${args.slice(0, 2).join(' ')}: ${(stderr ?? String(error)).trim().split('\n').at(-1)}`);
  }
}
