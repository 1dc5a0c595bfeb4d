/**
 * Credentials and region, from where the AWS command line and SDKs take them: environment variables, then the user's files. What
 * a machine or a container would be asked for over the network is not read.
 */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CabError, errnoOf } from '../../../core/model/errors.ts';
import type { BucketSurroundings } from './bucket-address.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface S3Surroundings extends BucketSurroundings {
  /** Undefined: nothing names any. */
  readonly credentials: Credentials | undefined;
  /** The profile that was looked for. */
  readonly profile: string;
}

/** @throws CabError store_refused for a file that cannot be read */
export async function surroundingsIn(env: Environment): Promise<S3Surroundings> {
  const profile = said(env, 'AWS_PROFILE') ?? 'default';
  const own = credentialsOf({
    aws_access_key_id: said(env, 'AWS_ACCESS_KEY_ID'),
    aws_secret_access_key: said(env, 'AWS_SECRET_ACCESS_KEY'),
    aws_session_token: said(env, 'AWS_SESSION_TOKEN'),
  });
  const region = said(env, 'AWS_REGION') ?? said(env, 'AWS_DEFAULT_REGION');
  const endpoint = said(env, 'AWS_ENDPOINT_URL_S3') ?? said(env, 'AWS_ENDPOINT_URL');
  // The files are not read where the environment says all.
  const written = own === undefined || region === undefined ? await filesOf(env, profile) : {};
  return {
    profile,
    credentials: own ?? credentialsOf(written),
    region: region ?? written['region'] ?? 'us-east-1',
    endpoint: endpoint ?? written['endpoint_url'],
  };
}

type Section = Readonly<Record<string, string | undefined>>;

/** An empty variable is how a script says nothing. */
const said = (env: Environment, name: string): string | undefined => env[name] || undefined;

function credentialsOf({
  aws_access_key_id: accessKeyId,
  aws_secret_access_key: secretAccessKey,
  aws_session_token: sessionToken,
}: Section): Credentials | undefined {
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}

async function filesOf(env: Environment, profile: string): Promise<Section> {
  const home = join(said(env, 'HOME') ?? homedir(), '.aws');
  const config = said(env, 'AWS_CONFIG_FILE') ?? join(home, 'config');
  const shared = said(env, 'AWS_SHARED_CREDENTIALS_FILE') ?? join(home, 'credentials');
  const inConfig = profile === 'default' ? profile : `profile ${profile}`;
  return {
    ...sectionIn(await textOf(config), inConfig),
    ...sectionIn(await textOf(shared), profile),
  };
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return '';
    throw new CabError('store_refused', `${file} cannot be read (${errno})`, { cause: error });
  }
}

/** The values of one section of a file as AWS writes it: `[name]`, then lines of `name = value`. */
function sectionIn(text: string, wanted: string): Section {
  const values: Record<string, string> = {};
  let section = '';
  for (const line of text.split(/\r?\n/)) {
    const [, name] = /^\s*\[\s*([^\]]*?)\s*\]/.exec(line) ?? [];
    const [, key, value] = /^([A-Za-z_]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined) section = name;
    else if (section === wanted && key !== undefined && value !== undefined && value !== '')
      values[key] = value;
  }
  return values;
}
