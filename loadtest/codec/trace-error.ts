export type TraceErrorCode = 'unreadable' | 'too-large' | 'bad-header' | 'wrong-length' | 'bad-value';

/** A file is not a trace. `message` says what is wrong with it, for people; all codes are final. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
  readonly code: TraceErrorCode;

  constructor(code: TraceErrorCode, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
  }
}
