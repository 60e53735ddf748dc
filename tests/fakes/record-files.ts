/** Records as files: one start of a query and the wrappings in which people keep it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createFileSource, type ScanReport } from '#adapters/files';

/** A folder of one test's own. Shape: `path` changes from test to test. */
export interface TestFolder {
  readonly path: string;
  /** Writes a file below it and gives its path. */
  readonly put: (name: string, content: string | Uint8Array) => Promise<string>;
}

/** Makes a folder before each test and takes it away afterwards. */
export function useTestFolder(): TestFolder {
  let path = '';
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'files-'));
  });
  afterEach(() => rm(path, { recursive: true, force: true }));
  return {
    get path() {
      return path;
    },
    put: async (name, content) => {
      const file = join(path, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
      return file;
    },
  };
}

/** What a scan of a path finds. */
export const report = (path: string): Promise<ScanReport> => createFileSource(path).scanReport();

/** A start of a query. */
export const start = (id: string, eventTime = '2026-11-20T09:15:00Z') => ({
  eventVersion: '1.11',
  userIdentity: { type: 'IAMUser', userName: 'ana' },
  eventTime,
  eventSource: 'athena.amazonaws.com',
  eventName: 'StartQueryExecution',
  awsRegion: 'eu-west-1',
  requestParameters: { queryString: '***OMITTED***' },
  responseElements: { queryExecutionId: `query-of-${id}` },
  eventID: id,
});
/** A record of another service. */
export const other = { ...start('other'), eventSource: 's3.amazonaws.com', eventName: 'GetBucketAcl' };
/** A record as LookupEvents gives it. */
export const entry = (record: object) => ({ EventId: 'e', EventName: 'StartQueryExecution', EventTime: 1.7e9, EventSource: 'athena.amazonaws.com', Username: 'ana@example.com', CloudTrailEvent: JSON.stringify(record) });
/** A record as EventBridge delivers it. */
export const envelope = (detail: object) => ({ version: '0', id: 'i', 'detail-type': 'AWS API Call via CloudTrail', source: 'aws.athena', detail });
/** A trail file. */
export const trail = (...records: unknown[]) => JSON.stringify({ Records: records });
/** JSON lines. */
export const lines = (...values: unknown[]) => values.map((value) => JSON.stringify(value)).join('\n');
/** JSON on many lines, as the command line of AWS prints it. */
export const pretty = (value: unknown) => JSON.stringify(value, null, 4);
