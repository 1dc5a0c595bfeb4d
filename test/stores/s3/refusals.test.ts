import { beforeEach, describe, expect, it } from 'vitest';
import { openBucket } from '../../../src/compose/stores/s3/open-bucket.ts';
import type { StoreChoice } from '../../../src/compose/stores/store-choice.ts';
import { CabError } from '../../../src/core/model/errors.ts';
import type { Bucket } from '../../../src/stores/s3/connection/bucket.ts';
import { stageEntry } from '../../contract/entry-store.ts';
import type { Fault } from '../../helpers/faulty-server.ts';
import { keyOf } from '../../helpers/jobs.ts';
import { hasS3, s3Env } from '../../helpers/s3.ts';
import { faultyStore, storeIn, type FaultyStore } from '../../helpers/s3-faulty.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const key = keyOf('a');
const xml = (status: number, code: string, message: string): Fault => ({
  status,
  body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
});
const html: Fault = {
  status: 200,
  body: '<!DOCTYPE html><html><body>Welcome to the network</body></html>',
  type: 'text/html',
};

interface Wrong {
  readonly env?: Readonly<Record<string, string>>;
  readonly url?: string;
  readonly fault?: Fault;
  readonly message: RegExp;
  readonly hint: RegExp;
}

const wrongs: Record<string, Wrong> = {
  'a wrong secret': {
    env: { AWS_SECRET_ACCESS_KEY: 'other' },
    message: /SignatureDoesNotMatch/,
    hint: /AWS_SECRET_ACCESS_KEY/,
  },
  'an unknown key id': {
    env: { AWS_ACCESS_KEY_ID: 'nobody' },
    message: /InvalidAccessKeyId/,
    hint: /AWS_ACCESS_KEY_ID/,
  },
  'no such bucket': {
    url: 's3://cab-tests-none/a',
    message: /s3:\/\/cab-tests-none.*bucket/i,
    hint: /Create the bucket/,
  },
  'a clock that is wrong': {
    fault: xml(403, 'RequestTimeTooSkewed', 'The difference is too large.'),
    message: /RequestTimeTooSkewed/,
    hint: /clock of this machine/,
  },
  'a bucket in another region': {
    fault: xml(301, 'PermanentRedirect', 'Use the specified endpoint.'),
    message: /PermanentRedirect/,
    hint: /region of the bucket/,
  },
  'a redirect of a web server': {
    fault: { status: 302, body: '<html>Moved</html>', type: 'text/html' },
    message: /status 302/,
    hint: /endpoint/,
  },
  'a redirect to https': {
    fault: { status: 301, body: '<html>Moved Permanently</html>', type: 'text/html' },
    message: /status 301/,
    hint: /endpoint/,
  },
  'a firewall': {
    fault: { status: 403, body: '<html>Blocked</html>', type: 'text/html' },
    message: /status 403/,
    hint: /endpoint/,
  },
  'a page in place of a listing': { fault: html, message: /not.* S3/, hint: /endpoint/ },
  'no permission': {
    fault: xml(403, 'AccessDenied', 'Access Denied.'),
    message: /AccessDenied/,
    hint: /read, write, list and delete/,
  },
  'a session that has ended': {
    fault: xml(400, 'ExpiredToken', 'The provided token has expired.'),
    message: /ExpiredToken/,
    hint: /new credentials/,
  },
};

describe.skipIf(!hasS3)('a bucket that refuses', () => {
  let fixture: FaultyStore;
  beforeEach(async () => {
    fixture = await faultyStore();
  });

  const opened = ({ env, url = fixture.choice.url }: Wrong): Promise<Bucket> =>
    openBucket({ ...choiceAt(url), env: { ...s3Env, ...env } });

  const choiceAt = (url: string): StoreChoice => ({
    ...fixture.choice,
    url: `${url}?endpoint=${fixture.server.url}`,
  });

  async function refusal(act: () => Promise<unknown>): Promise<CabError> {
    const error = await act().catch((reason: unknown) => reason);
    if (!(error instanceof CabError)) throw new Error('it was not refused', { cause: error });
    return error;
  }

  it.each(Object.entries(wrongs))('because of %s says what to do', async (_name, wrong) => {
    const bucket = await opened(wrong);
    fixture.server.faults = () => wrong.fault;
    const expected = {
      code: 'store_refused',
      message: expect.stringMatching(wrong.message) as unknown,
      hint: expect.stringMatching(wrong.hint) as unknown,
    };
    const listed = await refusal(async () => {
      for await (const page of bucket.list('')) expect(page).toEqual([]);
    });
    expect(listed).toMatchObject(expected);
    expect(listed.message).toContain(wrong.url ?? fixture.choice.url);
    // Nothing that will stay wrong is asked for again.
    expect(fixture.server.seen).toHaveLength(1);
    await bucket.close();
  });

  it.each(Object.entries(wrongs))('because of %s takes no entry', async (_name, wrong) => {
    const bucket = await opened(wrong);
    fixture.server.faults = () => wrong.fault;
    const store = await storeIn(bucket, fixture.choice);
    const staged = await stageEntry(fixture.workspace, { 'a.json': 'one' }, 'job', key);
    const refused = await refusal(() => store.publish(staged));
    expect(refused).toMatchObject({
      code: 'store_refused',
      hint: expect.stringMatching(wrong.hint) as unknown,
    });
    expect(refused.message).toContain(wrong.url ?? fixture.choice.url);
    expect(await fixture.keys()).toEqual([]);
    await bucket.close();
  });

  it('without credentials says where they are looked for', async () => {
    const choice = { ...fixture.choice, env: { HOME: await tempDir(), AWS_PROFILE: 'studio' } };
    const refused = await refusal(() => openBucket(choice));
    expect(refused).toMatchObject({
      code: 'store_refused',
      message: expect.stringContaining(choice.url) as unknown,
      hint: expect.stringMatching(/AWS_ACCESS_KEY_ID.*studio.*\.aws\/credentials/) as unknown,
    });
    expect(fixture.server.seen).toEqual([]);
  });

  it('says nothing of a secret', async () => {
    const bucket = await opened({ ...wrongs['a wrong secret'], message: /./, hint: /./ });
    const refused = await refusal(() => bucket.head('a'));
    // An answer to HEAD does not tell a wrong secret from a missing permission.
    expect(refused.hint).toMatch(/secret.*read, write/);
    expect(JSON.stringify([refused.message, refused.hint, refused.details])).not.toMatch(
      /cabsecret|Signature=/,
    );
    await bucket.close();
  });
});
