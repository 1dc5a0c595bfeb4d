/** A text of at most about `most` characters: its beginning and its end, and how much is missing between them. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = Math.floor(most / 4);
  const start = most - end;
  const missing = text.length - most;
  return `${text.slice(0, start)} … (${missing} characters left out) … ${text.slice(-end)}`.toWellFormed();
}
