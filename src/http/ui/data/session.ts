/** Who this tab is to the daemon. The token stays in this tab, and goes when the tab is closed. */
import { signal } from '@preact/signals';

const place = 'cab.token';

export const token = signal<string | null>(sessionStorage.getItem(place));
/** True once the daemon has refused a request for want of a token. */
export const needsToken = signal(false);
/** What the caller may do. Null until the daemon has said it, and then nothing can be pressed. */
export const role = signal<'read' | 'write' | null>(null);

export const mayWrite = (): boolean => role.value === 'write';

export function keepToken(text: string): void {
  sessionStorage.setItem(place, text);
  token.value = text;
  needsToken.value = false;
}

export function forgetToken(): void {
  sessionStorage.removeItem(place);
  token.value = null;
  role.value = null;
  needsToken.value = true;
}
