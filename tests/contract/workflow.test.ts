import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import validate from 'asl-validator';
import { at, deploy, grantsOf, ROOT, resourcesOf, template, type Values } from './cloudformation.ts';

const MACHINES = resourcesOf('AWS::Serverless::StateMachine');

function definitionOf(machine: Values): string {
  return readFileSync(join(ROOT, String(machine['DefinitionUri'])), 'utf8');
}

describe('the state machines of the template', () => {
  it('are these', () => {
    expect(MACHINES.map(([id]) => id)).toEqual(['DayStateMachine', 'BackfillStateMachine']);
  });

  it.each(MACHINES)('%s is a definition that asl-validator finds nothing in', (_id, machine) => {
    const { isValid, errorsText } = validate(JSON.parse(definitionOf(machine)));

    expect(errorsText()).toBe('');
    expect(isValid).toBe(true);
  });

  it.each(MACHINES)('%s has a value for each substitution, and each value has a use', (_id, machine) => {
    const names = [...definitionOf(machine).matchAll(/\$\{(\w+)\}/g)].map((match) => match[1]);

    expect([...new Set(names)].sort()).toEqual(Object.keys(at(machine, 'DefinitionSubstitutions')).sort());
  });

  it.each(MACHINES)('%s gets the ARN that the name promises', (_id, machine) => {
    for (const [name, value] of Object.entries(at(deploy(machine), 'DefinitionSubstitutions'))) {
      expect(`<${name.replace(/Arn$/, '.Arn')}>`).toBe(value);
    }
  });

  it.each(MACHINES)('%s may call what its definition calls, and nothing else but its log', (id, machine) => {
    const called = Object.values(at(deploy(machine), 'DefinitionSubstitutions'));
    const granted = grantsOf(id).filter(({ Action }) => Action === 'lambda:InvokeFunction' || Action === 'states:StartExecution').flatMap(({ Resource }) => Resource);

    expect(granted.sort()).toEqual(called.sort());
  });

  it.each(MACHINES)('%s logs failures without data', (_id, machine) => {
    expect(machine['Logging']).toMatchObject({ Level: 'ERROR', IncludeExecutionData: false });
  });

  it.each([['Worker', 'day'], ['Closer', 'day'], ['Closer', 'backfill']])('wait for the %s of the %s machine longer than the function may take', (id, machine) => {
    const definition = readFileSync(join(ROOT, `statemachine/${machine}.asl.json`), 'utf8');
    const [, wait] = new RegExp(`\\$\\{${id}Arn\\}[^]*?"TimeoutSeconds": (\\d+)`).exec(definition) ?? [];

    expect(Number(wait)).toBeGreaterThan(Number(at(template, 'Resources', id, 'Properties')['Timeout']));
  });
});
