/** What is done to the bytes of requests, one character a byte. */
type Random = () => number;

/** Some bytes changed, taken out, put in or doubled. */
export function broken(text: string, random: Random): string {
  let result = text;
  for (let n = Math.ceil(random() * 4); n > 0; n--) {
    const at = Math.floor(random() * (result.length + 1));
    const before = result.slice(0, at);
    const kind = random();
    if (kind < 0.3) result = before + anyByte(random) + result.slice(at + 1);
    else if (kind < 0.45) result = before + anyByte(random) + result.slice(at);
    else if (kind < 0.7) result = before + result.slice(at + 1);
    else result = before + result.slice(Math.max(0, at - Math.ceil(random() * 40)));
  }
  return result;
}

/** Bytes that a reader of HTTP may take for a limit come more often than others. */
const anyByte = (random: Random): string => {
  const limits = '\r\n\t \0:,;/"0123456789';
  return random() < 0.5
    ? limits.charAt(Math.floor(random() * limits.length))
    : String.fromCharCode(Math.floor(random() * 256));
};

/** Some ends of lines without their CR, without their LF, or with one too many. */
export const otherLineEnds = (text: string, random: Random): string =>
  text.replaceAll('\r\n', (end) =>
    random() < 0.8
      ? end
      : (['\n', '\r', '\r\r\n', '\n\r', ' \r\n'][Math.floor(random() * 5)] ?? end),
  );

/** At a few random places. */
export function cut(bytes: Buffer, random: Random): Buffer[] {
  const places = Array.from({ length: Math.ceil(random() * 5) }, () =>
    Math.floor(random() * bytes.length),
  );
  const ends = [...new Set([...places, bytes.length])].sort((a, b) => a - b);
  return ends
    .map((end, n) => bytes.subarray(ends[n - 1] ?? 0, end))
    .filter(({ length }) => length > 0);
}
