/** Names of the objects below a folder of the root: what lies there without the tracker's doing shows only in a list. */
import { readdir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { UpstreamDeniedError } from '#core/errors';
import type { ListNames } from '#core/hour-evidence';
import { errorCode } from './file-walk.ts';
import { toUpstreamError } from './upstream.ts';

/** Lists a bucket below a prefix. Errors: UpstreamThrottledError, UpstreamUnavailableError, UpstreamDeniedError. */
export function createS3Listing(client: S3Client, bucket: string, prefix: string): ListNames {
  return async (folder) => {
    const names: string[] = [];
    let token: string | undefined;
    do {
      const answer = await client
        .send(new ListObjectsV2Command({ Bucket: bucket, Prefix: `${prefix}${folder}`, ...(token === undefined ? {} : { ContinuationToken: token }) }))
        .catch((error: unknown) => {
          throw toUpstreamError(error, 's3:ListBucket', `s3://${bucket}/${prefix}${folder}`);
        });
      // A key that ends with a slash is the folder that a console makes: it has no bytes and no rows.
      names.push(...(answer.Contents ?? []).flatMap(({ Key }) => (Key === undefined || Key.endsWith('/') ? [] : [Key.slice(prefix.length)])));
      token = answer.NextContinuationToken;
    } while (token !== undefined);
    return names;
  };
}

/** Lists a folder below a prefix; one that is not there is empty. Errors: UpstreamDeniedError. */
export function createFolderListing(root: string, prefix: string): ListNames {
  return async (folder) => {
    const path = join(root, prefix, folder);
    try {
      const entries = await readdir(path, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => !entry.isDirectory()).map((entry) => `${folder}${join(entry.parentPath, entry.name).slice(path.length).split(sep).join('/')}`);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return [];
      throw new UpstreamDeniedError(`${path}: cannot list it (${errorCode(error)})`, { cause: error });
    }
  };
}
