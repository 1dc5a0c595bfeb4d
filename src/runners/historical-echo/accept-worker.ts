/** The thread in which large features are parsed, before their job is accepted. */
import { answerTasks } from '../../support/thread/thread-side.ts';
import type { FeaturesTask } from './accept.ts';
import { parseFeatures } from './features.ts';

answerTasks<true>(({ features, file }: FeaturesTask) => {
  parseFeatures(features, file);
  return true;
});
