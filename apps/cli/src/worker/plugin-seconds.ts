/** Seconds of its own that a working process may take to load plugins which are only listed: one that blocks is then ended. */
export const pluginSeconds = 20;
