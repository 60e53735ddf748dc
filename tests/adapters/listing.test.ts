import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ListObjectsV2Command, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { createFolderListing, createS3Listing } from '#adapters/listing';
import { UpstreamDeniedError, UpstreamThrottledError } from '#core/errors';
import 'aws-sdk-client-mock-jest';

const DAY = 'year=2026/month=11/day=20/';

describe('the list of a bucket', () => {
  const client = new S3Client({ region: 'us-east-1' });
  const s3 = mockClient(client);
  beforeEach(() => {
    s3.reset();
  });

  it('has every page, relative to the root, without the folders that a console makes', async () => {
    s3.on(ListObjectsV2Command, { ContinuationToken: undefined }).resolves({ Contents: [{ Key: `json/${DAY}` }, { Key: `json/${DAY}hour=00/_manifest.json` }], NextContinuationToken: 'more' });
    s3.on(ListObjectsV2Command, { ContinuationToken: 'more' }).resolves({ Contents: [{ Key: `json/${DAY}hour=01/extra.json` }] });

    const names = await createS3Listing(client, 'reports', 'json/')(DAY);

    expect(names).toEqual([`${DAY}hour=00/_manifest.json`, `${DAY}hour=01/extra.json`]);
    expect(s3).toHaveReceivedNthCommandWith(1, ListObjectsV2Command, { Bucket: 'reports', Prefix: `json/${DAY}` });
    expect(s3).toHaveReceivedCommandTimes(ListObjectsV2Command, 2);
  });

  it('is empty where nothing lies', async () => {
    s3.on(ListObjectsV2Command).resolves({});

    await expect(createS3Listing(client, 'reports', '')(DAY)).resolves.toEqual([]);
  });

  it.each([
    ['AccessDenied', 403, UpstreamDeniedError, `s3:ListBucket on s3://reports/${DAY}: access denied; grant s3:ListBucket`],
    ['SlowDown', 503, UpstreamThrottledError, `s3:ListBucket on s3://reports/${DAY}: throttled`],
  ])('fails on %s with the bucket and what to grant', async (name, httpStatusCode, Class, message) => {
    s3.on(ListObjectsV2Command).rejects(new S3ServiceException({ name, message: 'the words of AWS', $fault: 'client', $metadata: { httpStatusCode } }));

    const listing = createS3Listing(client, 'reports', '')(DAY);

    await expect(listing).rejects.toBeInstanceOf(Class);
    await expect(listing).rejects.toThrow(message);
  });
});

describe('the list of a folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'listing-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function put(name: string): Promise<void> {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), '');
  }

  it('has the files below it in depth, hidden ones too, relative to the root', async () => {
    for (const name of [`json/${DAY}_certificate.json`, `json/${DAY}hour=00/extra.json`, `json/${DAY}hour=00/_parts/1.json`, 'json/year=2026/month=11/day=21/hour=00/other.json']) await put(name);

    const names = await createFolderListing(folder, 'json/')(DAY);

    expect([...names].sort()).toEqual([`${DAY}_certificate.json`, `${DAY}hour=00/_parts/1.json`, `${DAY}hour=00/extra.json`]);
  });

  it('is empty where there is no such folder', async () => {
    await expect(createFolderListing(folder, '')(DAY)).resolves.toEqual([]);
  });

  it('is refused where a file stands in the way', async () => {
    await put('year=2026');

    await expect(createFolderListing(folder, '')(DAY)).rejects.toBeInstanceOf(UpstreamDeniedError);
  });
});
