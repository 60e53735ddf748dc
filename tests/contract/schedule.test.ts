import { parseDispatcherEvent } from '../../functions/dispatcher/event.ts';
import { at, defaults, deploy, resourcesOf, template, type Value } from './cloudformation.ts';

const schedule = at(deploy(at(template, 'Resources', 'DailySchedule', 'Properties')));

describe('the schedule of the template', () => {
  it('runs at 01:00 of a zone that exists', () => {
    const zone = String(schedule['ScheduleExpressionTimezone']);

    expect(() => new Intl.DateTimeFormat('en', { timeZone: zone })).not.toThrow();
    expect(zone).toBe(defaults['TimeZone']);
    expect(schedule['ScheduleExpression']).toBe('cron(0 1 * * ? *)');
  });

  it('has six fields, and exactly one ? in the two for days', () => {
    const fields = /^cron\((.*)\)$/.exec(String(schedule['ScheduleExpression']))?.[1]?.split(' ') ?? [];

    expect(fields).toHaveLength(6);
    expect([fields[2], fields[4]].filter((field) => field === '?')).toHaveLength(1);
    expect(fields.filter((field) => field === '?')).toHaveLength(1);
  });

  it('is off or on by a word, which YAML 1.1 would read as a boolean', () => {
    expect(schedule['FlexibleTimeWindow']).toEqual({ Mode: 'OFF' });
    expect(schedule['State']).toBe('ENABLED');
  });

  it('sends the Dispatcher the time it was due', () => {
    const { Arn, Input } = at(schedule, 'Target');
    const event: unknown = JSON.parse(String(Input).replace('<aws.scheduler.scheduled-time>', '2026-11-21T06:00:00Z'));

    expect(Arn).toBe('<Dispatcher.Arn>');
    expect(parseDispatcherEvent(event)).toEqual({ scheduledTime: '2026-11-21T06:00:00Z' });
  });
});

describe('two stacks stand side by side', () => {
  const NAMES: Readonly<Record<string, readonly string[]>> = {
    'AWS::S3::Bucket': ['BucketName'],
    'AWS::Glue::Database': ['DatabaseInput', 'Name'],
    'AWS::Serverless::Function': ['FunctionName'],
    'AWS::Serverless::StateMachine': ['Name'],
    'AWS::Logs::LogGroup': ['LogGroupName'],
    'AWS::Scheduler::Schedule': ['Name'],
    'AWS::IAM::Role': ['RoleName'],
    'AWS::Athena::WorkGroup': ['Name'],
    'AWS::SQS::Queue': ['QueueName'],
    'AWS::SNS::Topic': ['TopicName'],
    'AWS::CloudWatch::Alarm': ['AlarmName'],
    'AWS::CloudWatch::Dashboard': ['DashboardName'],
  };

  function nameOf(properties: Value, path: readonly string[]): Value {
    return at(properties, ...path.slice(0, -1))[path.at(-1) ?? ''];
  }

  it.each(Object.entries(NAMES))('%s has no name, or one that the stack or a parameter gives', (type, path) => {
    const names = resourcesOf(type).map(([, properties]) => nameOf(properties, path)).filter((name) => name !== undefined);

    for (const name of names) expect(JSON.stringify(name)).toMatch(/\$\{AWS::StackName\}|"Ref":"(DatabaseName|AWS::StackName)"/);
  });

  it('has a look at each type of resource', () => {
    // Saved queries and tables have names within a workgroup or database.
    const unnamed = ['AWS::Athena::NamedQuery', 'AWS::IAM::Policy', 'AWS::SNS::Subscription', 'AWS::S3::BucketPolicy', 'AWS::Glue::Table'];
    const types = new Set(Object.values(at(template, 'Resources')).map((resource) => String(at(resource)['Type'])));

    expect([...types].sort()).toEqual([...Object.keys(NAMES), ...unnamed].sort());
  });
});
