/** A text of about `most` characters at most: the beginning, how many characters are left out, and the end. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = Math.floor(most / 4);
  const start = most - end;
  const missing = text.length - most;
  return `${text.slice(0, start)} … (${missing} characters left out) … ${text.slice(-end)}`.toWellFormed();
}
