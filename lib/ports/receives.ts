/** How often a message is handed over before its queue gives it up: it then sat in crashes, not in failures, for those are acked. */
export const RECEIVES_MAX = 5;
