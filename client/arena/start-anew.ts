import type { Banner } from './hud/banner.ts';
import { UNREACHABLE } from './hud/join-failure.ts';

const PROBE_MS = 5000;

/**
 * Says that it is over, and loads the page anew when the player asks to: the cleanest new start, nothing of the old
 * session is left. Not before the page's server answers, or the browser would show an error page in place of this one.
 */
export async function startAnew(banner: Banner, text: string, button: string): Promise<void> {
  await banner.over(text, button);
  banner.busy('connecting…');
  while (!(await isPageThere())) {
    await banner.over(UNREACHABLE, 'try again');
    banner.busy('connecting…');
  }
  location.reload();
}

async function isPageThere(): Promise<boolean> {
  try {
    const answer = await fetch(location.href, { cache: 'no-store', signal: AbortSignal.timeout(PROBE_MS) });
    return answer.ok;
  } catch {
    return false;
  }
}
