/** What the stand-ins of AWS's APIs share: a call, what became of it, a refusal, a fault. */

/** The services that are stood in for. */
export type ServiceName = 'cloudtrail' | 'athena';

/** Parameters of a call, as they came over the wire. */
export type Params = Readonly<Record<string, unknown>>;

/** One request, before it is answered. */
export interface AwsCall {
  /** From 1, in the order of arrival, over all services. */
  readonly number: number;
  /** Units: milliseconds since the stand-ins were started. */
  readonly at: number;
  readonly service: ServiceName;
  readonly operation: string;
  /** Region of the signature. */
  readonly region: string;
  /** How the caller calls itself. Shape: empty when it does not. */
  readonly userAgent: string;
  readonly params: Params;
}

/** One request in the log. */
export interface LoggedCall extends AwsCall {
  /** `ok`, the type of the error that was answered, `reset`, `hang` or `open` (not answered yet). */
  readonly outcome: string;
  /** Whether a fault, and not the service's own rule, decided the outcome. */
  readonly faulty: boolean;
  /** Entries of the answer: events, executions or names. */
  readonly items: number;
}

/**
 * What goes wrong with a call: an error, a connection that breaks (`reset`) or stays silent (`hang`), a page with nothing on
 * it (`empty-page`, but with a token) or with half of what it could hold (`half-page`). For BatchGetQueryExecution the last
 * two leave all ids, or every second, unprocessed. A good answer may break off half-way: with the connection (`cut`), or with
 * headers that say it was whole (`short`).
 */
export type Fault = { readonly status: number; readonly type: string; readonly message: string } | 'reset' | 'hang' | 'empty-page' | 'half-page' | 'cut' | 'short';

/** Decides the fault of a call; undefined when all is well. */
export type ReadFault = (call: AwsCall) => Fault | undefined;

/** An answer that is an error. Shape on the wire: `{"__type": type, "message": message}`. */
export class AwsRefusal extends Error {
  override readonly name = 'AwsRefusal';
  readonly status: number;
  readonly type: string;
  constructor(type: string, message: string, status = 400) {
    super(message);
    this.type = type;
    this.status = status;
  }
}

/** How much of a page is given. */
export type PageSize = 'whole' | 'half' | 'empty';

/** What an operation answers, with the number of entries in it. */
export interface Answer {
  readonly body: unknown;
  readonly items: number;
}

/** A text parameter. Shape: undefined when absent. Errors: SerializationException, as AWS answers a wrong type. */
export function textParam(params: Params, name: string): string | undefined {
  const value = params[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw new AwsRefusal('SerializationException', `${name} is no text`);
  return value;
}

/** A number parameter. Shape: undefined when absent. Errors: SerializationException. */
export function numberParam(params: Params, name: string): number | undefined {
  const value = params[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number') throw new AwsRefusal('SerializationException', `${name} is no number`);
  return value;
}
