import { byId } from '../page.ts';

const STORED_AS = 'arena.name';

/**
 * The pilot's name: from the address (kept for this tab, so that a reload has it), else what was given here before,
 * else asked for (kept for this browser).
 */
export async function pilotName(fromAddress: string | null): Promise<string> {
  if (fromAddress !== null && fromAddress.trim() !== '') {
    store(() => sessionStorage, fromAddress);
    return fromAddress;
  }
  const known = stored(() => sessionStorage) ?? stored(() => localStorage);
  if (known !== null) return known;
  const name = await ask();
  store(() => localStorage, name);
  return name;
}

function ask(): Promise<string> {
  const form = byId<HTMLFormElement>('name-form');
  const field = byId<HTMLInputElement>('name-field');
  form.hidden = false;
  field.focus();
  return new Promise((resolve) => {
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      form.hidden = true;
      field.blur();
      resolve(field.value.trim() || 'Pilot');
    });
  });
}

// Where storage is forbidden, even naming it throws: then the name is asked for each time.

function stored(storage: () => Storage): string | null {
  try {
    return storage().getItem(STORED_AS);
  } catch {
    return null;
  }
}

function store(storage: () => Storage, name: string): void {
  try {
    storage().setItem(STORED_AS, name);
  } catch {
    // see above
  }
}
