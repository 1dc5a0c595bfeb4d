import type { ServeProfile } from '../cli/serve/reference-profile.ts';
import Serve from './serve.ts';

/** The reference broker's own command: `cab serve` as that broker's clients and scripts expect it. */
export default class ContentAddressedBroker extends Serve {
  static override summary = "The reference broker's command: cab serve, as its clients expect it";
  static override description = `As cab serve, with these differences:

- The root is data/echo_cas below the working directory, unless --cas-root, CAB_CAS_ROOT or MA_ECHO_CAS_ROOT name another. No cab.config.json is read.
- The built-in runner does the work, unless --runner names another.
- ETag has no quotes, as a pointer's etag has none.
- A job that fails is not tried again, unless --retries says so.
- A job without track_id moves no track.
- Fields of a submission that are not known are ignored.
- A body of any type is read as JSON, if no web page sends it: Origin and Sec-Fetch-Site say so.
- Leading double slashes of a path are folded.

docs/how-to/migrate-from-the-reference.md leads from the reference to cab.`;
  static override examples = [
    'content-addressed-broker --cas-root data/echo_cas --db spine.db',
    'content-addressed-broker --runner tools.hci.historical_echo_runner:run --host 127.0.0.1 --port 8099',
  ];
  static override hidden = true;
  protected override readonly profile: ServeProfile = 'reference';
}
