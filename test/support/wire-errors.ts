import { WireError, type WireErrorCode } from '../../shared/wire/wire-error.ts';

/** What `run` refused, as `code@offset`. Anything but a WireError is passed on; that nothing was refused is said. */
export function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof WireError) return `${error.code}@${error.offset}`;
    throw error;
  }
  return 'accepted';
}

/** The code alone. */
export const refusalCode = (run: () => unknown): WireErrorCode | 'accepted' =>
  refusal(run).split('@')[0] as WireErrorCode | 'accepted';

/** Runs `read` on every shorter beginning of `whole` and gives each outcome, `accepted` included, by its length. */
export function refusalsOfEveryCut(whole: Uint8Array, read: (cut: Uint8Array) => unknown): string[] {
  return Array.from(whole, (_, length) => refusal(() => read(whole.slice(0, length))));
}
