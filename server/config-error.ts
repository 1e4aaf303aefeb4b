/**
 * Something that a server was told at its start cannot be so. The message is one line that names the variable or option;
 * nothing else is to be said, so what would be its stack is that line too.
 */
export class ConfigError extends Error {
  override readonly name: string = 'ConfigError';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.stack = `ConfigError: ${message}`;
  }
}

/** An option of `serve` cannot be so. Where it came from a variable, {@link says} tells it of that. */
export class OptionError extends ConfigError {
  override readonly name = 'OptionError';
  readonly option: string;
  readonly says: (name: string) => string;

  constructor(option: string, says: (name: string) => string, options?: ErrorOptions) {
    super(says(option), options);
    this.option = option;
    this.says = says;
  }
}
