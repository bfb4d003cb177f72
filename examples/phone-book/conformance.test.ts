/** Any runner will do; this is Node's own: `node --test examples/phone-book/conformance.test.ts`. */
import { test } from 'node:test';
import { registerConformance } from 'trivet/conformance';
import { harness } from './harness.ts';

registerConformance(harness, test);
