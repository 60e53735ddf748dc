import { Readable } from 'node:stream';
import { GetObjectCommand, NoSuchKey, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { sdkStreamMixin } from '@smithy/core/serde';
import { mockClient } from 'aws-sdk-client-mock';
import { createReadConfigObject } from '#adapters/config-object';
import 'aws-sdk-client-mock-jest';

const client = new S3Client({ region: 'us-east-1' });
const s3 = mockClient(client);

beforeEach(() => {
  s3.reset();
});

describe('config.json in S3', () => {
  it('is read as text, by bucket and key', async () => {
    s3.on(GetObjectCommand).resolves({ Body: sdkStreamMixin(Readable.from([Buffer.from('{"TIME_ZONE": "'), Buffer.from('Zürich"}')])) });

    const text = await createReadConfigObject(client)('settings', 'tracker/config.json');

    expect(text).toBe('{"TIME_ZONE": "Zürich"}');
    expect(s3).toHaveReceivedCommandWith(GetObjectCommand, { Bucket: 'settings', Key: 'tracker/config.json' });
  });

  it('is empty text when the object is empty', async () => {
    s3.on(GetObjectCommand).resolves({});

    const text = await createReadConfigObject(client)('settings', 'config.json');

    expect(text).toBe('');
  });

  it('that is not there is a problem of the configuration', async () => {
    s3.on(GetObjectCommand).rejects(new NoSuchKey({ message: 'no', $metadata: {} }));
    const problem = 'CONFIG_KEY: s3://settings/config.json does not exist, expected the configuration as JSON (or leave CONFIG_BUCKET and CONFIG_KEY empty)';

    const reading = createReadConfigObject(client)('settings', 'config.json');

    await expect(reading).rejects.toThrow(problem);
    await expect(reading).rejects.toMatchObject({ name: 'ConfigError', problems: [problem] });
  });

  it('that may not be read is denied, with the permission that is missing, and says that it may not be there either, and may not exist either', async () => {
    const cause = new S3ServiceException({ name: 'AccessDenied', message: 'Access Denied', $fault: 'client', $metadata: { httpStatusCode: 403 } });
    s3.on(GetObjectCommand).rejects(cause);

    const reading = createReadConfigObject(client)('settings', 'config.json');

    await expect(reading).rejects.toThrow('s3:GetObject on s3://settings/config.json: access denied; grant s3:GetObject (AccessDenied: Access Denied); without s3:ListBucket a missing object answers the same');
    await expect(reading).rejects.toMatchObject({ name: 'UpstreamDeniedError', cause: { name: 'UpstreamDeniedError', cause } });
  });

  it('that S3 is too busy for is throttled', async () => {
    const cause = new S3ServiceException({ name: 'SlowDown', message: 'Please reduce your request rate', $fault: 'server', $metadata: { httpStatusCode: 503 } });
    s3.on(GetObjectCommand).rejects(cause);

    const reading = createReadConfigObject(client)('settings', 'config.json');

    await expect(reading).rejects.toMatchObject({ name: 'UpstreamThrottledError', message: 's3:GetObject on s3://settings/config.json: throttled (SlowDown: Please reduce your request rate)', cause });
  });
});
