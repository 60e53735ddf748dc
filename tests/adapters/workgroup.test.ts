import { AthenaClient, AthenaServiceException, GetWorkGroupCommand } from '@aws-sdk/client-athena';
import { mockClient } from 'aws-sdk-client-mock';
import { readWorkgroup } from '#adapters/workgroup';

const client = new AthenaClient({ region: 'us-east-1' });
const athena = mockClient(client);
const serviceError = (name: string, message: string) => new AthenaServiceException({ name, message, $fault: 'client', $metadata: { httpStatusCode: 400 } });

beforeEach(() => {
  athena.reset();
});

describe('a workgroup', () => {
  it('is read as far as it bears on asking', async () => {
    athena.on(GetWorkGroupCommand, { WorkGroup: 'tracker' }).resolves({
      WorkGroup: { Name: 'tracker', State: 'ENABLED', Configuration: { EnforceWorkGroupConfiguration: true, BytesScannedCutoffPerQuery: 10, ResultConfiguration: { OutputLocation: 's3://answers/', EncryptionConfiguration: { EncryptionOption: 'SSE_S3' } } } },
    });

    expect(await readWorkgroup(client, 'tracker')).toEqual({ enabled: true, enforced: true, outputLocation: 's3://answers/', encrypted: true, managedResults: false, scanLimitBytes: 10 });
  });

  it('that says nothing has no limit, no encryption and no place for answers', async () => {
    athena.on(GetWorkGroupCommand).resolves({ WorkGroup: { Name: 'bare', State: 'DISABLED', Configuration: { EnforceWorkGroupConfiguration: false, ResultConfiguration: { OutputLocation: '' }, ManagedQueryResultsConfiguration: { Enabled: true } } } });

    expect(await readWorkgroup(client, 'bare')).toEqual({ enabled: false, enforced: false, outputLocation: null, encrypted: false, managedResults: true, scanLimitBytes: null });
  });

  it('that is not there is null; what is denied is named', async () => {
    athena.on(GetWorkGroupCommand).rejectsOnce(serviceError('InvalidRequestException', 'WorkGroup x is not found.')).rejectsOnce(serviceError('AccessDeniedException', 'no'));

    expect(await readWorkgroup(client, 'x')).toBeNull();
    await expect(readWorkgroup(client, 'x')).rejects.toMatchObject({ name: 'UpstreamDeniedError', message: expect.stringContaining('athena:GetWorkGroup on workgroup/x: access denied') });
  });
});
