import { createHash } from 'node:crypto';
import type { AwsRefusal, Params } from './aws-call.ts';

/** Gives and reads the tokens of pages. A position is whatever the operation needs to go on. */
export interface PageTokens<P> {
  readonly give: (params: Params, position: P) => string;
  /** Shape: undefined without a token. Errors: AwsRefusal when the token is unknown or belongs to other parameters. */
  readonly read: (params: Params) => P | undefined;
}

/**
 * Tokens that mean nothing to their holder and go with the same parameters only.
 * `refusal` is the service's own error for a token that does not fit.
 */
export function createPageTokens<P>(refusal: () => AwsRefusal): PageTokens<P> {
  const given = new Map<string, { readonly bound: string; readonly position: P }>();
  return {
    give: (params, position) => {
      const bound = canonical(params);
      // The number keeps the tokens of two pages apart, also when the first was empty and nothing moved.
      const token = createHash('sha512').update(`${given.size} ${bound}`).digest('base64');
      given.set(token, { bound, position });
      return token;
    },
    read: (params) => {
      const token = params['NextToken'];
      if (token === undefined || token === null) return undefined;
      const found = typeof token === 'string' ? given.get(token) : undefined;
      if (found === undefined || found.bound !== canonical(params)) throw refusal();
      return found.position;
    },
  };
}

/** The parameters without the token, whatever their order. */
function canonical(params: Params): string {
  const rest = Object.entries(params).filter(([name, value]) => name !== 'NextToken' && value !== undefined && value !== null);
  return JSON.stringify(rest.sort(([a], [b]) => (a < b ? -1 : 1)));
}
