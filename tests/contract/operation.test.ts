/** Alarms, their topic, the dashboard and the rules of the template. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { METRIC_NAMES, METRICS_NAMESPACE } from '#runtime/metrics';
import { at, deploy, isValues, ROOT, resourcesOf, template, type Value, type Values } from './cloudformation.ts';

const ALARMS = resourcesOf('AWS::CloudWatch::Alarm');
const OPERATIONS = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8');

/** Metrics that an alarm looks at: namespace, name, dimensions. */
function metricsOf(value: Value): Values[] {
  if (Array.isArray(value)) return value.flatMap(metricsOf);
  if (!isValues(value)) return [];
  return 'MetricName' in value ? [value] : Object.values(value).flatMap(metricsOf);
}

describe('the alarms of the template', () => {
  it.each(ALARMS)('%s goes to the topic, and the page says what it means', (id, alarm) => {
    expect(at(deploy(alarm))['AlarmActions']).toEqual(['<AlarmTopic>']);
    expect(OPERATIONS).toContain(`\`${id}\``);
  });

  it.each(ALARMS)('%s looks at figures that somebody writes', (_id, alarm) => {
    const metrics = metricsOf(deploy(alarm));

    expect(metrics.length).toBeGreaterThan(0);
    for (const { Namespace, MetricName, Dimensions } of metrics.filter((metric) => metric['Namespace'] === METRICS_NAMESPACE)) {
      expect(METRIC_NAMES).toContain(MetricName);
      expect([Namespace, Dimensions]).toEqual([METRICS_NAMESPACE, [{ Name: 'service', Value: '<AWS::StackName>' }]]);
    }
  });

  it('take a day that did not run for an alarm, after the longest night', () => {
    const alarm = at(template, 'Resources', 'RunMissingAlarm');
    const { Period, EvaluationPeriods, TreatMissingData } = at(deploy(alarm['Properties']));

    expect(alarm['Condition']).toBe('IsScheduled');
    expect(TreatMissingData).toBe('breaching');
    // Nights of 25 hours exist, and a run may begin late in its hour.
    expect(Number(Period) * Number(EvaluationPeriods)).toBeGreaterThanOrEqual(26 * 3600);
    // Alarms of an hour's periods look back seven days at most.
    expect(Number(Period) * Number(EvaluationPeriods)).toBeLessThanOrEqual(28 * 3600);
  });

  it('take silence for well-being everywhere else', () => {
    for (const [id, alarm] of ALARMS.filter(([name]) => name !== 'RunMissingAlarm')) expect([id, alarm['TreatMissingData']]).toEqual([id, 'notBreaching']);
  });

  it('of a failed day hear of either machine, however its execution ended', () => {
    const metrics = metricsOf(deploy(at(template, 'Resources', 'DayFailedAlarm')));
    const seen = metrics.map(({ MetricName, Dimensions }) => `${MetricName} ${at((Dimensions as Values[])[0])['Value']}`);

    expect(seen.sort()).toEqual(['Aborted', 'Failed', 'TimedOut'].flatMap((end) => [`Executions${end} <BackfillStateMachine>`, `Executions${end} <DayStateMachine>`]).sort());
  });

  it('reach somebody by mail when an address is given', () => {
    expect(at(template, 'Resources', 'AlarmSubscription')).toMatchObject({ Condition: 'HasEmail', Properties: { Protocol: 'email', Endpoint: { Ref: 'AlarmEmail' }, TopicArn: { Ref: 'AlarmTopic' } } });
  });
});

describe('what is never lost', () => {
  it('is kept by the schedule and by the Dispatcher in the queue that an alarm watches', () => {
    const queue = '<DeadLetterQueue.Arn>';

    expect(at(deploy(at(template, 'Resources', 'DailySchedule', 'Properties', 'Target')), 'DeadLetterConfig')).toEqual({ Arn: queue });
    expect(at(deploy(at(template, 'Resources', 'Dispatcher', 'Properties')), 'DeadLetterQueue')).toEqual({ Type: 'SQS', TargetArn: queue });
    expect(metricsOf(deploy(at(template, 'Resources', 'DeadLetterAlarm')))).toMatchObject([{ Namespace: 'AWS/SQS', Dimensions: [{ Name: 'QueueName', Value: '<DeadLetterQueue.QueueName>' }] }]);
  });
});

describe('the dashboard of the template', () => {
  const bodyOf = (parameters: Record<string, string>): Values => JSON.parse(String(at(deploy(at(template, 'Resources', 'Dashboard', 'Properties'), parameters))['DashboardBody'])) as Values;

  it.each([['ENABLED'], ['DISABLED']])('is JSON, and names each alarm that is there: %s', (ScheduleState) => {
    const widgets = bodyOf({ ScheduleState })['widgets'] as Values[];
    const named = widgets.filter(({ type }) => type === 'alarm').flatMap((widget) => at(widget, 'properties')['alarms'] as string[]);
    const there = ALARMS.map(([id]) => id).filter((id) => ScheduleState === 'ENABLED' || id !== 'RunMissingAlarm');

    expect(named.sort()).toEqual(there.map((id) => `<${id}.Arn>`).sort());
  });

  it('shows every figure of the functions', () => {
    const text = JSON.stringify(bodyOf({}));

    for (const name of METRIC_NAMES) expect(text).toMatch(new RegExp(`\\b${name}\\b`));
    expect(text).toContain("PROP('Dim.reason')");
  });

  it('draws figures that the page explains', () => {
    for (const name of METRIC_NAMES) expect(OPERATIONS).toContain(`\`${name}\``);
  });
});

describe('the rules of the template', () => {
  const rules = at(template, 'Rules');

  it.each(Object.keys(rules))('%s says in words what is wrong', (name) => {
    for (const assertion of at(rules, name)['Assertions'] as Values[]) expect(String(assertion['AssertDescription'])).toMatch(/^[A-Z]\w+ .{20,}\.$/);
  });
});

describe('the parameters of the template', () => {
  const parameters = Object.entries(at(template, 'Parameters')).map(([name, parameter]) => [name, at(parameter)] as const);

  it.each(parameters)('%s has a default, a description, and words for a refused value', (_name, parameter) => {
    expect(parameter['Default']).toBeDefined();
    expect(String(parameter['Description'])).toMatch(/^.{30,}\.$/);
    if (parameter['AllowedPattern'] !== undefined) expect(String(parameter['ConstraintDescription']).length).toBeGreaterThan(10);
    if (parameter['AllowedPattern'] === undefined && parameter['AllowedValues'] === undefined) expect([parameter['Type'], typeof parameter['MinValue'], typeof parameter['MaxValue']]).toEqual(['Number', 'number', 'number']);
  });

  it.each(parameters)('%s takes its own default', (_name, parameter) => {
    const value = String(parameter['Default']);

    if (parameter['AllowedPattern'] !== undefined) expect(value).toMatch(new RegExp(`^(?:${String(parameter['AllowedPattern'])})$`));
    if (parameter['AllowedValues'] !== undefined) expect((parameter['AllowedValues'] as Value[]).map(String)).toContain(value);
  });

  it.each([
    ['KmsKeyArn', 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab', 'alias/mine'],
    ['KmsKeyArn', 'arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab', '1234abcd-12ab-34cd-56ef-1234567890ab'],
    ['PermissionsBoundary', 'arn:aws:iam::111122223333:policy/teams/bound', 'bound'],
    ['PermissionsBoundary', 'arn:aws:iam::aws:policy/PowerUserAccess', 'arn:aws:iam::111122223333:role/bound'],
    ['AlarmEmail', 'ops+athena@example.com', 'ops@example.com, dba@example.com'],
    ['BucketName', 'my-reports.2026', 'My_Reports'],
    ['ReportPrefix', 'reports/athena/', '/reports'],
    ['TimeZone', 'America/Argentina/Buenos_Aires', 'New York'],
    ['TestStartDate', '2026-11-20', '20.11.2026'],
  ])('%s takes %s, and refuses %s', (name, good, bad) => {
    const pattern = new RegExp(`^(?:${String(at(template, 'Parameters', name)['AllowedPattern'])})$`);

    expect(good).toMatch(pattern);
    expect(bad).not.toMatch(pattern);
  });
});
