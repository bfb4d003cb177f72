/** A test of this suite starts a whole sandbox and waits until both ends are in step. */
jest.setTimeout(180_000);
