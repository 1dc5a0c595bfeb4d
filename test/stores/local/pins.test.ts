import { layoutOf } from '../../../src/stores/local/layout.ts';
import { Pins } from '../../../src/stores/local/pins.ts';
import { describePinStore } from '../../contract/pin-store.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

describePinStore('a directory', async () => {
  const layout = layoutOf(await tempDir());
  return { open: () => new Pins(layout) };
});
