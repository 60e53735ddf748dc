/** A workgroup of Athena, as far as it bears on asking the reports. */
import { type AthenaClient, GetWorkGroupCommand } from '@aws-sdk/client-athena';
import { toUpstreamError } from './upstream.ts';

/** How a workgroup is set up. */
export interface Workgroup {
  readonly enabled: boolean;
  /** Whether its settings override those of the client. */
  readonly enforced: boolean;
  /** Where answers are written; null when it says nothing. */
  readonly outputLocation: string | null;
  readonly encrypted: boolean;
  /** Whether Athena keeps the answers itself. */
  readonly managedResults: boolean;
  /** Bytes that one query may scan; null for no limit. */
  readonly scanLimitBytes: number | null;
}

/**
 * Reads a workgroup. Shape: null when there is none of this name. Errors: the upstream classes.
 * Source: https://docs.aws.amazon.com/athena/latest/APIReference/API_GetWorkGroup.html
 */
export async function readWorkgroup(client: AthenaClient, name: string): Promise<Workgroup | null> {
  try {
    const { WorkGroup } = await client.send(new GetWorkGroupCommand({ WorkGroup: name }));
    const configuration = WorkGroup?.Configuration;
    return {
      enabled: WorkGroup?.State !== 'DISABLED',
      enforced: configuration?.EnforceWorkGroupConfiguration ?? true,
      outputLocation: configuration?.ResultConfiguration?.OutputLocation || null,
      encrypted: configuration?.ResultConfiguration?.EncryptionConfiguration?.EncryptionOption !== undefined,
      managedResults: configuration?.ManagedQueryResultsConfiguration?.Enabled === true,
      scanLimitBytes: configuration?.BytesScannedCutoffPerQuery ?? null,
    };
  } catch (error) {
    // The service has one exception for everything that it does not like.
    if (error instanceof Error && /workgroup .* is not found/i.test(error.message)) return null;
    throw toUpstreamError(error, 'athena:GetWorkGroup', `workgroup/${name}`);
  }
}
