/** The bytes of JSON syntax, by name. */
export const byte = {
  tab: 0x09,
  newline: 0x0a,
  carriageReturn: 0x0d,
  space: 0x20,
  quote: 0x22,
  plus: 0x2b,
  comma: 0x2c,
  minus: 0x2d,
  point: 0x2e,
  slash: 0x2f,
  zero: 0x30,
  nine: 0x39,
  colon: 0x3a,
  openBracket: 0x5b,
  backslash: 0x5c,
  closeBracket: 0x5d,
  e: 0x65,
  u: 0x75,
  openBrace: 0x7b,
  closeBrace: 0x7d,
} as const;

/** What `byteAt` gives after the last byte. */
export const endOfText = -1;

/** Checks the length first: after one read past the end, the engine makes all reads at that place in the code slower. */
export const byteAt = (bytes: Uint8Array, at: number): number =>
  at < bytes.length ? (bytes[at] ?? endOfText) : endOfText;

export const isDigit = (code: number): boolean => code >= byte.zero && code <= byte.nine;

/** Bytes that continue a character of UTF-8. */
export const isContinuation = (code: number): boolean => (code & 0xc0) === 0x80;
