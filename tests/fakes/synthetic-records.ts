/** Entries of LookupEvents around a story: CloudTrail's record, and the entry that carries it. */
import type { LookupEntry } from './cloudtrail-api.ts';
import type { Seeded } from './seeded.ts';
import type { Identity } from './synthetic-identities.ts';
import type { Outcome } from './synthetic-outcomes.ts';

/** What a record tells besides identity and outcome. */
export interface RecordFacts {
  readonly eventId: string;
  /** Epoch milliseconds, whole seconds. */
  readonly at: number;
  readonly accountId: string;
  readonly region: string;
  readonly sourceIp: string;
  readonly userAgent: string;
}

/** A CloudTrail record. */
export type CloudTrailRecord = Readonly<Record<string, unknown>>;

/** The record of a start. Members of the identity that are undefined are absent. */
export function toRecord(facts: RecordFacts, identity: Identity, outcome: Outcome, chance: Seeded): CloudTrailRecord {
  return {
    eventVersion: '1.11',
    userIdentity: identity.userIdentity,
    eventTime: new Date(facts.at).toISOString().replace('.000Z', 'Z'),
    eventSource: 'athena.amazonaws.com',
    eventName: 'StartQueryExecution',
    awsRegion: facts.region,
    sourceIPAddress: facts.sourceIp,
    userAgent: facts.userAgent,
    ...outcome.record,
    requestID: chance.uuid(),
    eventID: facts.eventId,
    readOnly: false,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: facts.accountId,
    eventCategory: 'Management',
    tlsDetails: { tlsVersion: 'TLSv1.3', cipherSuite: 'TLS_AES_128_GCM_SHA256', clientProvidedHostHeader: `athena.${facts.region}.amazonaws.com` },
  };
}

/** The entry that carries a record. `username` is LookupEvents' own. */
export function toEntry(record: CloudTrailRecord, username: string | null, chance: Seeded): LookupEntry {
  const identity = record['userIdentity'] as { readonly accessKeyId?: string } | undefined;
  const eventId = record['eventID'];
  return {
    ...(typeof eventId === 'string' ? { EventId: eventId } : {}),
    EventName: String(record['eventName']),
    EventTime: Date.parse(String(record['eventTime'])) / 1000,
    Resources: [],
    CloudTrailEvent: JSON.stringify(record),
    ...(username === null ? {} : { Username: username }),
    ...(identity?.accessKeyId ? { AccessKeyId: identity.accessKeyId } : {}),
    // Missing in AWS's own older examples.
    ...(chance.chance(0.05) ? {} : { EventSource: String(record['eventSource']) }),
    ...(chance.chance(0.05) ? {} : { ReadOnly: 'false' }),
  };
}
