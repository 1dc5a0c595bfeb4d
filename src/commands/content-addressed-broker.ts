import type { ServeProfile } from '../cli/serve/reference-profile.ts';
import Serve from './serve.ts';

/** The command of the reference broker: `cab serve` with the behaviour that its clients and scripts expect. */
export default class ContentAddressedBroker extends Serve {
  static override summary = "The reference broker's command: cab serve, as its clients expect it";
  static override description = `As cab serve, with these differences:

- The root is data/echo_cas in the working directory, unless --cas-root, CAB_CAS_ROOT or MA_ECHO_CAS_ROOT names another. No cab.config.json is read.
- The built-in runner does the work, unless --runner names another.
- ETag has no quotes, and equals the etag of the pointer.
- A job that fails is not tried again, unless --retries says so.
- A job without track_id moves no track.
- Unknown fields of a submission are ignored.
- A body of any type is read as JSON, unless a web page sends it (Origin, Sec-Fetch-Site).
- Double slashes at the start of a path count as one.

See docs/how-to/migrate-from-the-reference.md.`;
  static override examples = [
    'content-addressed-broker --cas-root data/echo_cas --db spine.db',
    'content-addressed-broker --runner tools.hci.historical_echo_runner:run --host 127.0.0.1 --port 8099',
  ];
  static override hidden = true;
  protected override readonly profile: ServeProfile = 'reference';
}
