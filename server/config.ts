/** A variable of the environment has a value that means nothing. The message names it; nothing else is to be said. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export interface Config {
  /** `PORT`, default 2567. */
  port: number;
  /** `VELARIUM_HOST`, the address to listen on; default all. */
  host: string | undefined;
  /** `VELARIUM_ALLOWED_ORIGINS`, comma-separated; default the host that is asked. */
  allowedOrigins: string[] | undefined;
  /** `VELARIUM_ALLOW_MISSING_ORIGIN`, `true` or `false`; default true. */
  allowMissingOrigin: boolean;
}

/** @throws {ConfigError} */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const { PORT, VELARIUM_HOST, VELARIUM_ALLOWED_ORIGINS, VELARIUM_ALLOW_MISSING_ORIGIN } = environment;
  return {
    port: readPort(PORT),
    host: VELARIUM_HOST || undefined,
    allowedOrigins: readOrigins(VELARIUM_ALLOWED_ORIGINS),
    allowMissingOrigin: readBoolean('VELARIUM_ALLOW_MISSING_ORIGIN', VELARIUM_ALLOW_MISSING_ORIGIN, true),
  };
}

function readPort(value: string | undefined): number {
  if (!value) return 2567;
  const port = Number(value);
  if (!/^\d+$/.test(value) || port > 65_535) throw new ConfigError(`PORT is a number from 0 to 65535, not "${value}"`);
  return port;
}

function readOrigins(value: string | undefined): string[] | undefined {
  if (!value) return undefined;
  return value.split(',').map((text) => {
    const origin = text.trim();
    if (URL.canParse(origin) && new URL(origin).origin === origin) return origin;
    throw new ConfigError(
      `VELARIUM_ALLOWED_ORIGINS is a list of origins like https://game.example, separated by commas; "${origin}" is none`,
    );
  });
}

function readBoolean(name: string, value: string | undefined, byDefault: boolean): boolean {
  if (!value) return byDefault;
  if (value === 'true') return true;
  if (value === 'false') return false;
  throw new ConfigError(`${name} is true or false, not "${value}"`);
}
