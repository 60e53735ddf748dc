import type { S3Client } from '@aws-sdk/client-s3';
import type { ListNames } from '#core/hour-evidence';
import type { ReportStore } from '#core/ports';
import { createFolderStore } from './folder-store.ts';
import { createFolderListing, createS3Listing } from './listing.ts';
import { createS3Store } from './s3-store.ts';

/** Where a run's reports lie: in a bucket, or in a folder of a local run. */
export interface ReportPlace {
  readonly bucket: string | null;
  readonly folder: string | null;
  /** Root of the format below it. Shape: empty, or ends with `/`. */
  readonly prefix: string;
  /** What a run is called; its objects in a bucket say so in their metadata, as their bytes do not depend on it. None outside of one. */
  readonly runId?: string | null;
}

/** The store of a place; a folder, where there is one, goes before the bucket. */
export function openStore({ bucket, folder, prefix, runId }: ReportPlace, client: S3Client): ReportStore {
  return folder === null ? createS3Store(client, bucket ?? '', prefix, runId) : createFolderStore(folder, prefix);
}

/** The list of what lies at the same place. */
export function openListing({ bucket, folder, prefix }: Omit<ReportPlace, 'runId'>, client: S3Client): ListNames {
  return folder === null ? createS3Listing(client, bucket ?? '', prefix) : createFolderListing(folder, prefix);
}
