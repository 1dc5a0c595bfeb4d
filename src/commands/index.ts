/** All commands at once, for what describes them: the manifest that help and completion are made from. */
import Cancel from './cancel.ts';
import Config from './config.ts';
import Doctor from './doctor.ts';
import Explain from './explain.ts';
import Get from './get.ts';
import Hash from './hash.ts';
import History from './history.ts';
import Logs from './logs.ts';
import Retry from './retry.ts';
import SpineImport from './spine/import.ts';
import Status from './status.ts';
import Submit from './submit.ts';
import Tracks from './tracks.ts';

export const commands = {
  cancel: Cancel,
  config: Config,
  doctor: Doctor,
  explain: Explain,
  get: Get,
  hash: Hash,
  history: History,
  logs: Logs,
  retry: Retry,
  'spine:import': SpineImport,
  status: Status,
  submit: Submit,
  tracks: Tracks,
};
