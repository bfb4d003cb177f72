/** For the stack, which knows the configuration alone. */
export { RECEIVES_MAX } from '../ports/receives.ts';
