/**
 * - `bad-check`: the bytes were damaged, or belong to another room, or to another line of the same room's history.
 * - `wrong-version`: a format that this code does not know.
 * - `other-schema`: the state was of other classes; the message names the class and the field.
 * - `gap`: deltas are missing.
 * - `bad-bytes`: whole and checked, and yet no state.
 * - `unsupported`: a state that cannot be kept, or a class that cannot be made anew.
 */
export type ArchiveErrorCode = 'bad-check' | 'wrong-version' | 'other-schema' | 'gap' | 'bad-bytes' | 'unsupported';

/** A state could not be kept, or not be brought back. All are final: the same bytes lead to the same error. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
  readonly code: ArchiveErrorCode;

  constructor(code: ArchiveErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
