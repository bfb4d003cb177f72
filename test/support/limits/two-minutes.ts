/** Postgres and synthesis start slowly on a busy machine. */
jest.setTimeout(120_000);
