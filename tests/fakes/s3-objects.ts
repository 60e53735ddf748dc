/** A bucket behind a mocked S3 client: puts, conditional puts, parts, gets and deletes of whole objects. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { AbortMultipartUploadCommand, CompleteMultipartUploadCommand, CreateMultipartUploadCommand, DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, NoSuchKey, PutObjectCommand, type S3Client, S3ServiceException, type ServiceInputTypes, type ServiceOutputTypes, UploadPartCommand } from '@aws-sdk/client-s3';
import { sdkStreamMixin } from '@smithy/core/serde';
import type { AwsStub } from 'aws-sdk-client-mock';

type MockedS3 = Pick<AwsStub<ServiceInputTypes, ServiceOutputTypes, S3Client['config']>, 'on'>;

/** An error as S3 throws it. */
export function serviceError(name: string, httpStatusCode: number): S3ServiceException {
  return new S3ServiceException({ name, message: 'the words of AWS', $fault: 'client', $metadata: { httpStatusCode } });
}

/** Lets the client hold objects. Shape: what it holds, by key; the ETag of an object is the MD5 of its bytes, in quotes. */
export function holdObjects(s3: MockedS3): Map<string, Buffer> {
  const objects = new Map<string, Buffer>();
  const parts = new Map<number, Buffer>();
  const noSuchKey = () => new NoSuchKey({ message: 'The specified key does not exist.', $metadata: { httpStatusCode: 404 } });
  const check = ({ Key = '', IfMatch, IfNoneMatch }: { Key?: string; IfMatch?: string; IfNoneMatch?: string }) => {
    const now = objects.get(Key);
    if (IfNoneMatch === '*' && now !== undefined) throw serviceError('PreconditionFailed', 412);
    if (IfMatch !== undefined && now === undefined) throw noSuchKey();
    if (IfMatch !== undefined && now !== undefined && etagOf(now) !== IfMatch) throw serviceError('PreconditionFailed', 412);
  };
  s3.on(PutObjectCommand).callsFake((input) => {
    check(input);
    objects.set(input.Key, Buffer.from(input.Body));
    return { ETag: etagOf(Buffer.from(input.Body)) };
  });
  s3.on(CreateMultipartUploadCommand).callsFake(async () => {
    parts.clear();
    return { UploadId: 'upload' };
  });
  s3.on(UploadPartCommand).callsFake(({ PartNumber, Body }) => {
    parts.set(PartNumber, Buffer.from(Body));
    return { ETag: `part-${PartNumber}` };
  });
  s3.on(CompleteMultipartUploadCommand).callsFake((input) => {
    check(input);
    const whole = Buffer.concat([...parts].sort(([a], [b]) => a - b).map(([, part]) => part));
    objects.set(input.Key, whole);
    return { ETag: etagOf(whole) };
  });
  s3.on(AbortMultipartUploadCommand).resolves({});
  s3.on(GetObjectCommand).callsFake(({ Key, Range, IfMatch }) => {
    const bytes = objects.get(Key);
    if (bytes === undefined) throw noSuchKey();
    if (IfMatch !== undefined && etagOf(bytes) !== IfMatch) throw serviceError('PreconditionFailed', 412);
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(Range ?? '') ?? [];
    if (from !== undefined && bytes.byteLength > 0) {
      const piece = bytes.subarray(Number(from), Number(to) + 1);
      return { Body: sdkStreamMixin(Readable.from([piece])), ETag: etagOf(bytes), ContentRange: `bytes ${from}-${Number(from) + piece.byteLength - 1}/${bytes.byteLength}` };
    }
    return { Body: sdkStreamMixin(Readable.from([bytes])), ETag: etagOf(bytes) };
  });
  s3.on(HeadObjectCommand).callsFake(({ Key }) => {
    const bytes = objects.get(Key);
    if (bytes === undefined) throw serviceError('NotFound', 404);
    return { ETag: etagOf(bytes) };
  });
  s3.on(DeleteObjectCommand).callsFake(({ Key }) => {
    objects.delete(Key);
    return {};
  });
  return objects;
}

function etagOf(bytes: Buffer): string {
  return `"${createHash('md5').update(bytes).digest('hex')}"`;
}
