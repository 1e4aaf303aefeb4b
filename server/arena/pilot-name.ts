export const NAME_MAX_CHARACTERS = 16;
/** Longer strings are cut before anything looks at them. */
const RAW_LIMIT = 200;

/**
 * A name to show: 1 to 16 visible characters, single spaces between words; `fallback` if nothing is left.
 * Removed: control and invisible characters (bidirectional overrides, joiners, fillers that look like nothing) and all
 * but two marks on one letter (stacks of them paint over the neighbours).
 */
export function pilotName(raw: unknown, fallback: string): string {
  if (typeof raw !== 'string') return fallback;
  const visible = raw
    .slice(0, RAW_LIMIT)
    .normalize('NFC')
    .replace(/[\s\p{Z}]+/gu, ' ')
    .replace(/[\p{C}\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe00-\ufe0f]/gu, '')
    .replace(/(\p{M}{2})\p{M}+/gu, '$1')
    .replace(/^[\p{M} ]+/u, '')
    .replace(/ +/g, ' ');
  const letters = new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(visible);
  const name = [...letters]
    .slice(0, NAME_MAX_CHARACTERS)
    .map((letter) => letter.segment)
    .join('')
    .trim();
  return name === '' ? fallback : name;
}
