import type { S3Client } from '@aws-sdk/client-s3';
import { ConfigError, UpstreamDeniedError } from '#core/errors';
import { readObject } from './s3-store.ts';

/** Reads config.json from S3. Errors: ConfigError when it is not there; the upstream classes. */
export function createReadConfigObject(client: S3Client): (bucket: string, key: string) => Promise<string> {
  return async (bucket, key) => {
    const bytes = await readObject(client, bucket, key).catch((error: unknown) => {
      if (!(error instanceof UpstreamDeniedError)) throw error;
      throw new UpstreamDeniedError(`${error.message}; without s3:ListBucket a missing object answers the same`, { cause: error });
    });
    if (bytes === null) throw new ConfigError([`CONFIG_KEY: s3://${bucket}/${key} does not exist, expected the configuration as JSON (or leave CONFIG_BUCKET and CONFIG_KEY empty)`]);
    return new TextDecoder().decode(bytes);
  };
}
