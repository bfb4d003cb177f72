/** A test of this suite that is not done by then hangs. */
jest.setTimeout(60_000);
