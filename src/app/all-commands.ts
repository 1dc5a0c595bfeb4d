/** All commands at once, for what describes them: the manifest that help and completion are made from. */
import Cancel from '../commands/cancel.ts';
import Config from '../commands/config.ts';
import ContentAddressedBroker from '../commands/content-addressed-broker.ts';
import Doctor from '../commands/doctor.ts';
import Explain from '../commands/explain.ts';
import Gc from '../commands/gc.ts';
import Get from '../commands/get.ts';
import Hash from '../commands/hash.ts';
import History from '../commands/history.ts';
import Logs from '../commands/logs.ts';
import Pin from '../commands/pin.ts';
import Retry from '../commands/retry.ts';
import Serve from '../commands/serve.ts';
import SpineImport from '../commands/spine/import.ts';
import Status from '../commands/status.ts';
import Submit from '../commands/submit.ts';
import Tracks from '../commands/tracks.ts';
import Unpin from '../commands/unpin.ts';
import Verify from '../commands/verify.ts';
import Watch from '../commands/watch.ts';

export const commands = {
  cancel: Cancel,
  config: Config,
  'content-addressed-broker': ContentAddressedBroker,
  doctor: Doctor,
  explain: Explain,
  gc: Gc,
  get: Get,
  hash: Hash,
  history: History,
  logs: Logs,
  pin: Pin,
  retry: Retry,
  serve: Serve,
  'spine:import': SpineImport,
  status: Status,
  submit: Submit,
  tracks: Tracks,
  unpin: Unpin,
  verify: Verify,
  watch: Watch,
};
