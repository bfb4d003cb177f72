/** What the fuzzed function is configured with: one sync with each kind of app. */
import { sampleConfig } from '../lib/local/sample/apps.ts';

export default sampleConfig(['news', 'ads', 'calls']);
