import { describe, expect, it } from 'vitest';
import { queueAddress } from '../../../src/stores/postgres/database/queue-address.ts';

describe('the address of a job store in PostgreSQL', () => {
  it('names its servers, its schema, and itself without the password', () => {
    expect(
      queueAddress('postgres://me:s%20cret@one:5432,two/jobs?schema=blue&sslmode=verify-full'),
    ).toEqual({
      servers: [
        'postgres://me:s%20cret@one:5432/jobs?sslmode=verify-full',
        'postgres://me:s%20cret@two/jobs?sslmode=verify-full',
      ],
      schema: 'blue',
      name: 'postgres://me@one:5432,two/jobs?schema=blue',
    });
    expect(queueAddress('postgresql://[::1]:5433/jobs')).toEqual({
      servers: ['postgres://[::1]:5433/jobs'],
      schema: 'cab',
      name: 'postgres://[::1]:5433/jobs',
    });
  });

  it('looks for the server that takes writes, whatever the address says of it', () => {
    const { servers } = queueAddress('postgres://one,two/jobs?target_session_attrs=any');
    expect(servers).toEqual(['postgres://one/jobs', 'postgres://two/jobs']);
  });

  it.each([
    'postgres://',
    'postgres://server',
    'postgres:///jobs',
    'mysql://server/jobs',
    'postgres://server/jobs?schmea=blue',
    'postgres://me:se@cr:secret/p%wd@127.0.0.1:54329/jobs',
    'postgres://me:secret@server:port/jobs',
    'postgres://me:secret@server/jobs?schema=Robert"); DROP TABLE jobs; --',
  ])('refuses %j and tells no password', (url) => {
    const refusal = (): unknown => queueAddress(url);
    expect(refusal).toThrow(expect.objectContaining({ code: 'usage' }) as Error);
    expect(refusal).not.toThrow(/secret/);
  });
});
