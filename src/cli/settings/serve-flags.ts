import { define, optional } from './setting.ts';
import {
  choiceType,
  durationType,
  integerType,
  listType,
  pathType,
  switchType,
  textType,
} from './setting-kinds.ts';

const scope = 'serve';

/** Where the daemon listens, to whom, and what it takes. */
export const serve = {
  host: define(
    'host',
    { scope, type: textType, value: '<address>', summary: 'address to listen at' },
    '127.0.0.1',
  ),
  port: define(
    'port',
    { scope, type: integerType(0, 65_535), summary: 'port to listen at; 0 for any' },
    8099,
  ),
  token_file: optional('token_file', {
    scope,
    type: pathType,
    summary: 'tokens that may call, one a line; "read TOKEN" may only ask',
  }),
  insecure: define(
    'insecure',
    {
      scope,
      type: switchType,
      summary: 'let in everyone who reaches the address, without a token',
    },
    false,
  ),
  allow_root: define(
    'allow_root',
    {
      scope,
      type: listType,
      value: '<dir>',
      shown: 'any',
      summary: 'where named files may lie; repeatable',
    },
    [],
  ),
  allow_host: define(
    'allow_host',
    {
      scope,
      type: listType,
      value: '<name>',
      shown: 'none',
      summary: 'names by which the daemon may be called, beside those of this machine; repeatable',
    },
    [],
  ),
  allow_user: define(
    'allow_user',
    {
      scope,
      type: listType,
      value: '<name>',
      shown: 'none',
      summary: "users who may call without a token, beside root and the daemon's own; repeatable",
    },
    [],
  ),
  cors_origin: define(
    'cors_origin',
    {
      scope,
      type: listType,
      value: '<origin>',
      shown: 'none',
      summary: 'web pages that may call; repeatable',
    },
    [],
  ),
  log_level: define(
    'log_level',
    {
      scope,
      type: choiceType(['debug', 'info', 'warn', 'error', 'silent']),
      summary: 'least of what is logged; info has a line for each request',
    },
    'info',
  ),
  bare_etags: define(
    'bare_etags',
    { scope, type: switchType, summary: 'send ETag without quotes' },
    false,
  ),
  watch: define(
    'watch',
    {
      scope,
      type: listType,
      value: '<dir>',
      shown: 'none',
      summary: 'folders to watch, as cab watch does; repeatable',
    },
    [],
  ),
  grace: define(
    'grace',
    {
      scope,
      type: durationType,
      shown: '30s',
      summary: 'what running jobs are given to end at a shut-down',
    },
    30_000,
  ),
};
