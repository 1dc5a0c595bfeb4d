/** All commands at once, for the manifest from which help and completion are made. */
import Cancel from './cancel.ts';
import Completion from './completion.ts';
import Config from './config.ts';
import ContentAddressedBroker from './content-addressed-broker.ts';
import Doctor from './doctor.ts';
import Explain from './explain.ts';
import Gc from './gc.ts';
import Get from './get.ts';
import Hash from './hash.ts';
import History from './history.ts';
import Init from './init.ts';
import Logs from './logs.ts';
import Migrate from './migrate.ts';
import Pin from './pin.ts';
import Retry from './retry.ts';
import Run from './run.ts';
import Serve from './serve.ts';
import SpineImport from './spine/import.ts';
import Stats from './stats.ts';
import Status from './status.ts';
import Submit from './submit.ts';
import Tracks from './tracks.ts';
import TracksRm from './tracks/rm.ts';
import Unpin from './unpin.ts';
import Verify from './verify.ts';
import Watch from './watch.ts';
import Worker from './worker.ts';

export const commands = {
  cancel: Cancel,
  completion: Completion,
  config: Config,
  'content-addressed-broker': ContentAddressedBroker,
  doctor: Doctor,
  explain: Explain,
  gc: Gc,
  get: Get,
  hash: Hash,
  history: History,
  init: Init,
  logs: Logs,
  migrate: Migrate,
  pin: Pin,
  retry: Retry,
  run: Run,
  serve: Serve,
  'spine:import': SpineImport,
  stats: Stats,
  status: Status,
  submit: Submit,
  tracks: Tracks,
  'tracks:rm': TracksRm,
  unpin: Unpin,
  verify: Verify,
  watch: Watch,
  worker: Worker,
};
