const PREFIX = 'VELARIUM_';
/** Letters that a name may be off and still be meant. */
const MAX_OFF = 6;

/**
 * @param known names of all variables that there are
 * @returns a sentence for each `VELARIUM_` variable that nothing reads: mostly it is another one, misspelt
 */
export function unknownVariables(environment: Record<string, string | undefined>, known: readonly string[]): string[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name))
    .map((name) => {
      const near = nearest(name, known);
      return `${name} is no variable of velarium${near === undefined ? '' : `; did you mean ${near}?`}`;
    });
}

function nearest(name: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((other) => ({ other, off: distance(name, other) }))
    .filter(({ off }) => off <= MAX_OFF)
    .sort((a, b) => a.off - b.off);
  return best?.other;
}

/** Letters to be put in or taken out. A change is both: a name that lacks a word is nearer than one with another word. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const above = row;
    row = [i];
    for (let j = 1; j <= b.length; j++) {
      row.push(a[i - 1] === b[j - 1] ? above[j - 1]! : Math.min(above[j]!, row[j - 1]!) + 1);
    }
  }
  return row[b.length]!;
}
