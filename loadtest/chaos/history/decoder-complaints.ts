import type { Violation } from './check.ts';

/** What Schema's decoder says, to the console alone, of bytes that it cannot place; it goes on with what it makes of them. */
const COMPLAINTS = [
  'definition mismatch',
  'field not defined',
  '"refId" not found',
  'resync sweep skipped',
  "remove refId that doesn't exist",
  'with 0 refCount',
];

/** Listens to the console for what decoders of the clients in this process complain of, until it is ended. */
export class DecoderComplaints {
  readonly #heard = new Set<string>();
  readonly #warn = console.warn;
  readonly #error = console.error;

  constructor() {
    console.warn = this.#listening(this.#warn);
    console.error = this.#listening(this.#error);
  }

  /** One for each kind that was heard. */
  get violations(): Violation[] {
    return [...this.#heard].map((what) => ({ rule: 'state', who: 'a client', what: `could not decode: ${what}` }));
  }

  end(): void {
    console.warn = this.#warn;
    console.error = this.#error;
  }

  #listening(tell: typeof console.warn): typeof console.warn {
    return (...said) => {
      const first: unknown = said[0];
      const text = first instanceof Error ? first.message : String(first);
      const complaint = COMPLAINTS.find((part) => text.includes(part));
      if (complaint === undefined) tell.apply(console, said);
      else this.#heard.add(complaint);
    };
  }
}
