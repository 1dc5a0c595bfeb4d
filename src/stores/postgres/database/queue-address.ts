import { CabError } from '../../../core/model/errors.ts';
import { closest } from '../../../support/text/closest.ts';

/** Where a job store in PostgreSQL is. */
export interface QueueAddress {
  /** One address for each server of the cluster, in the order in which they are tried. */
  readonly servers: readonly string[];
  /** Of all tables, so that one database may hold several job stores. */
  readonly schema: string;
  /** The address without its password, for messages. */
  readonly name: string;
}

const form = /^postgres(?:ql)?:\/\/(?:([^@/?#]*)@)?([^/?#@]*)\/([^?#]+)(?:\?([^#]*))?$/;
const schemaForm = /^[a-z_][a-z0-9_]{0,62}$/;

/**
 * Reads `postgres://user@one:5432,two:5432/database?schema=cab`. Several servers are one cluster: the one that takes writes is
 * used. Other parameters are those of the client.
 * @throws CabError usage
 */
export function queueAddress(url: string): QueueAddress {
  if (!/^postgres(ql)?:\/\//.test(url)) throw refused('it does not begin with postgres://');
  const [, user = '', authority = '', database = '', query = ''] = form.exec(url) ?? [];
  if (authority === '' || database === '') throw refused(unreadable);
  const parameters = new URLSearchParams(query);
  for (const name of parameters.keys()) refuseUnknown(name);
  const schema = parameters.get('schema') ?? 'cab';
  if (!schemaForm.test(schema)) throw refused(`no schema can be named ${JSON.stringify(schema)}`);
  // The server that takes writes is always looked for.
  for (const own of ['schema', 'target_session_attrs']) parameters.delete(own);
  const rest = parameters.size === 0 ? '' : `?${parameters.toString()}`;
  const access = user === '' ? '' : `${user}@`;
  const servers = authority.split(',').map((server) => {
    const address = `postgres://${access}${server}/${database}${rest}`;
    if (!URL.canParse(address)) throw refused(unreadable);
    return address;
  });
  const who = user.split(':')[0] ?? '';
  const shown = `postgres://${who === '' ? '' : `${who}@`}${authority}/${database}`;
  return { servers, schema, name: schema === 'cab' ? shown : `${shown}?schema=${schema}` };
}

/** Those of cab, and those of the client. */
const known: readonly string[] = [
  ...['schema', 'target_session_attrs', 'application_name', 'connect_timeout', 'host', 'password'],
  ...['port', 'sslcert', 'sslkey', 'sslmode', 'sslrootcert', 'user', 'uselibpqcompat'],
];

function refuseUnknown(name: string): void {
  if (known.includes(name)) return;
  const meant = closest(name, known);
  throw refused(`there is no parameter ${name}${meant === undefined ? '' : `; is ${meant} meant`}`);
}

const unreadable = 'it names no server or no database, or has signs that must be written otherwise';

/** No part of the address is shown: it may hold a password, and may be torn anywhere. */
const refused = (why: string): CabError =>
  new CabError('usage', `the address of the job store cannot be used: ${why}`, {
    hint: 'An address looks like postgres://user:password@server:5432/database. In a password write %40 for @, %2F for /, %3A for : and %25 for %.',
  });
