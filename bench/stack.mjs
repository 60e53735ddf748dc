/** The stack as it would be deployed, from template.yaml and statemachine/: nothing here knows which functions or states there are. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './sources.mjs';

export const REGION = 'us-east-1';
const ACCOUNT = '000000000000';

/**
 * Reads it. `parameters` are the template's, instead of its defaults; `environment` goes over that of every function.
 * Shape: functions by logical id, `{memoryMb, timeoutMs, environment, bundle}`; state machines by logical id, `{arn, definition}`.
 */
export function readStack(sources, { parameters = {}, environment = {} } = {}) {
  const { at, deploy, resourcesOf, template } = sources;
  const unknown = Object.keys(parameters).filter((name) => !(name in sources.defaults));
  if (unknown.length > 0) throw new Error(`${unknown.join(', ')}: no parameter of template.yaml`);
  const machines = resourcesOf('AWS::Serverless::StateMachine');
  const named = createNames(resourcesOf('AWS::Serverless::Function'), machines);
  const read = (value) => named(deploy(value, parameters));
  const globals = read(at(template, 'Globals', 'Function'));
  const functions = new Map(
    resourcesOf('AWS::Serverless::Function').map(([id, properties]) => {
      const own = read(properties);
      const variables = { ...globals.Environment?.Variables, ...own.Environment?.Variables, ...environment };
      return [
        id,
        {
          memoryMb: Number(own.MemorySize ?? globals.MemorySize ?? 128),
          timeoutMs: Number(own.Timeout ?? globals.Timeout ?? 3) * 1000,
          environment: Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, String(value)])),
          bundle: join(root, 'dist', id.toLowerCase(), 'index.mjs'),
        },
      ];
    }),
  );
  return {
    functions,
    machines: new Map(
      machines.map(([id, properties]) => {
        const { DefinitionUri: file, DefinitionSubstitutions: values = {} } = read(properties);
        const text = readFileSync(join(root, file), 'utf8').replace(/\$\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
        return [id, { arn: machineArn(id), definition: JSON.parse(text) }];
      }),
    ),
  };
}

/** The logical id at the end of an ARN (or a function's own name, of which Lambda takes either). */
export function idOf(arn) {
  return arn.split(':').at(-1);
}

export function machineArn(id) {
  return `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${id}`;
}

/** References to resources, which `deploy` leaves as `<Id>` or `<Id.Attribute>`, become names and ARNs. */
function createNames(functions, machines) {
  const arns = new Map([...functions.map(([id]) => [id, `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${id}`]), ...machines.map(([id]) => [id, machineArn(id)])]);
  const pseudo = { 'AWS::Partition': 'aws', 'AWS::Region': REGION, 'AWS::AccountId': ACCOUNT, 'AWS::StackName': 'bench' };
  const toName = (whole, id, attribute) => pseudo[id] ?? (attribute === 'Arn' || machines.some(([machine]) => machine === id) ? (arns.get(id) ?? whole) : arns.has(id) ? id : id.toLowerCase());
  const named = (value) => {
    if (typeof value === 'string') return value.replace(/<([\w:]+)(?:\.(\w+))?>/g, toName);
    if (Array.isArray(value)) return value.map(named);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, named(inner)]));
  };
  return named;
}
