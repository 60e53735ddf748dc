/** The part of asl-validator that the tests use; it publishes no types. */
declare module 'asl-validator' {
  export default function validate(definition: unknown): { readonly isValid: boolean; readonly errorsText: () => string };
}
