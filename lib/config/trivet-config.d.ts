/**
 * The user's config module as the functions import it. The stack has esbuild replace the specifier by
 * the file chosen at synthesis (lib/stack/trivet-function.ts), so that each bundle holds its config.
 */
declare module 'trivet-config' {
  const config: import('./model.ts').TrivetConfig;
  export default config;
}
