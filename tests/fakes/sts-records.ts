/** Small STS records: who got which temporary credentials; and the LookupEvents entries about them. */
import { type Json, member } from '#core/json';
import type { LookupEntry } from './cloudtrail-api.ts';
import { idOf } from './records.ts';

const ACCOUNT = '111122223333';

/** An IAM user with a long-lived key. */
export function userIdentity(name: string, edit: Json = {}): Json {
  return { type: 'IAMUser', principalId: 'AIDAEXAMPLE', arn: `arn:aws:iam::${ACCOUNT}:user/${name}`, accountId: ACCOUNT, accessKeyId: 'AKIAEXAMPLE', userName: name, ...edit };
}

/** A session of a role, with its temporary key. */
export function sessionIdentity(role: string, session: string, accessKeyId: string, creationDate: string, edit: Json = {}): Json {
  return {
    type: 'AssumedRole',
    principalId: `AROAEXAMPLE:${session}`,
    arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/${session}`,
    accountId: ACCOUNT,
    accessKeyId,
    sessionContext: {
      sessionIssuer: { type: 'Role', principalId: 'AROAEXAMPLE', arn: `arn:aws:iam::${ACCOUNT}:role/${role}`, accountId: ACCOUNT, userName: role },
      attributes: { creationDate, mfaAuthenticated: 'false' },
    },
    ...edit,
  };
}

/** An AssumeRole record, event 5000 + `number`, that issued an access key. `edit` replaces members. */
export function stsRecord(number: number, issuedKey: string, caller: Json, eventTime: string, edit: Json = {}): Json {
  return {
    eventVersion: '1.08',
    userIdentity: caller,
    eventTime,
    eventSource: 'sts.amazonaws.com',
    eventName: 'AssumeRole',
    awsRegion: 'us-east-1',
    requestParameters: { roleArn: `arn:aws:iam::${ACCOUNT}:role/Analyst`, roleSessionName: 'session' },
    responseElements: { credentials: { accessKeyId: issuedKey, expiration: 'Nov 20, 2026, 11:00:00 PM', sessionToken: 'REDACTED' } },
    eventID: idOf(5000 + number),
    recipientAccountId: ACCOUNT,
    ...edit,
  };
}

/** The entry of LookupEvents about a record, with the issued key among its resources. `edit` replaces members. */
export function stsEntry(record: Json, edit: Partial<LookupEntry> = {}): LookupEntry {
  const key = member(member(record, 'responseElements'), 'credentials')['accessKeyId'];
  return {
    EventId: String(record['eventID']),
    EventName: String(record['eventName']),
    EventSource: String(record['eventSource']),
    EventTime: Date.parse(String(record['eventTime'])) / 1000,
    Resources: [{ ResourceType: 'AWS::IAM::Role', ResourceName: `arn:aws:iam::${ACCOUNT}:role/Analyst` }, ...(typeof key === 'string' ? [{ ResourceType: 'AWS::IAM::AccessKey', ResourceName: key }] : [])],
    CloudTrailEvent: JSON.stringify(record),
    ...edit,
  };
}
