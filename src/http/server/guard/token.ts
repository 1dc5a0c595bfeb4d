/** What a token lets its bearer do. A file without imports, because programs that embed cab take its types. */

/** `read` allows queries. `write` also allows a caller to submit, cancel and retry. */
export type Role = 'read' | 'write';

export interface Token {
  readonly token: string;
  readonly role: Role;
}
